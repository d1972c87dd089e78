"""What a loss is called, whether it takes logits, and how it is averaged."""

import functools
import inspect
import re
from typing import Any

import keras

__all__ = ["loss_fact"]


def loss_fact(loss: Any) -> tuple[str | None, bool | None, str | None]:
    """Returns the name of a loss in snake_case, its `from_logits`, None where it has no such argument, and its reduction.

    The mean over rows of a name or a function, which Keras takes, is its "sum_over_batch_size".

    Args:
        loss: anything that `compile` takes for one output: a name or its short form, a function, a `keras.losses.Loss`, None.

    Example:

    >>> import keras
    >>> loss_fact("mse"), loss_fact(keras.losses.BinaryCrossentropy(from_logits=True))
    (('mean_squared_error', None, 'sum_over_batch_size'), ('binary_crossentropy', True, 'sum_over_batch_size'))
    """
    if loss is None:
        return None, None, None
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:  # a name that only `compile` will refuse
            return loss, None, None
    if isinstance(loss, keras.losses.Loss):
        reduction = getattr(loss, "reduction", None)
        return *_of_object(loss), None if reduction is None else str(reduction)
    return *_of_function(loss), "sum_over_batch_size"


def _of_object(loss: keras.losses.Loss) -> tuple[str, bool | None]:
    kind = type(loss).__name__
    # A function that `compile` or a user has wrapped says more than the wrapper.
    function = getattr(loss, "fn", None)
    if kind == "LossFunctionWrapper" and function is not None:
        name, default = _of_function(function)
        given = getattr(loss, "_fn_kwargs", {}).get("from_logits", default)
        return name, None if given is None else bool(given)
    logits = getattr(loss, "from_logits", None)
    return _snake_case(kind), None if logits is None else bool(logits)


def _of_function(loss: Any) -> tuple[str, bool | None]:
    given: dict[str, Any] = {}
    while isinstance(loss, functools.partial):
        given = {**loss.keywords, **given}
        loss = loss.func
    name = getattr(loss, "__name__", type(loss).__name__)
    try:
        parameter = inspect.signature(loss).parameters.get("from_logits")
    except (TypeError, ValueError):  # a builtin without a signature
        parameter = None
    if parameter is None:
        return _snake_case(name), None
    return _snake_case(name), bool(given.get("from_logits", parameter.default is True))


def _snake_case(name: str) -> str:
    """KLDivergence becomes kl_divergence, and mean_squared_error stays."""
    split = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", split).lower()
