"""Reads and changes the losses of an experiment as plain data."""

from collections.abc import Callable, Mapping
from typing import Any

from keras_tips._base.arguments import invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object

__all__ = ["changed_losses", "is_sparse", "loss_class", "loss_object", "one_loss", "with_loss"]

SHORT = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
    "kl_divergence": "KLDivergence",
    "logcosh": "LogCosh",
    "log_cosh": "LogCosh",
}


def loss_class(loss: Any) -> str | None:
    """Returns the class name of a loss given by its name, as a function or as an object; None where there is none.

    >>> loss_class("mse"), loss_class("sparse_categorical_crossentropy")
    ('MeanSquaredError', 'SparseCategoricalCrossentropy')
    """
    if isinstance(loss, Mapping):
        loss = loss.get("config") if loss.get("class_name") == "function" else loss.get("class_name")
    if not isinstance(loss, str):
        return None
    return SHORT.get(loss.lower()) or (loss if loss[:1].isupper() else "".join(part.title() for part in loss.split("_")))


def loss_object(loss: Any, **changes: Any) -> dict[str, Any]:
    """Returns the config of the loss as an object, with some of its arguments changed."""
    if isinstance(loss, Mapping) and isinstance(loss.get("config"), Mapping):
        return {**loss, "config": {**loss["config"], **changes}}
    return keras_object("losses", loss_class(loss) or str(loss), **changes)


def is_sparse(loss: Any) -> bool:
    """Whether a loss takes class numbers as targets, rather than one-hot rows."""
    return (loss_class(loss) or "").startswith("Sparse")


def changed_losses(losses: Any, change: Callable[[Any], Any]) -> Any:
    """Returns a loss, or a list or mapping of losses, with each replaced by `change(loss)`."""
    if isinstance(losses, (list, tuple)):
        return [changed_losses(loss, change) for loss in losses]
    if isinstance(losses, Mapping) and "class_name" not in losses:
        return {name: changed_losses(loss, change) for name, loss in losses.items()}
    return losses if losses is None else change(losses)


def one_loss(experiment: Experiment) -> Any:
    """Returns the only loss of the experiment, or None.

    Raises:
        ValueError: it has several.
    """
    losses = experiment.compile.get("loss")
    found: list[Any] = []
    changed_losses(losses, found.append)
    if len(found) > 1:
        raise invalid("experiment", "a model with one output and one loss", losses, "Treat each output by hand.")
    return found[0] if found else None


def with_loss(experiment: Experiment, loss: Any) -> Experiment:
    """Returns the experiment with this as its only loss."""
    return experiment.replace(compile={**experiment.compile, "loss": loss})
