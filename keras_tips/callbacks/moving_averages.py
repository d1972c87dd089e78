"""The moving averages of weights that optimizers keep."""

from typing import Any

__all__ = ["averaging_optimizers", "begin_averages_anew"]


def averaging_optimizers(model: Any) -> list[Any]:
    """Returns those optimizers of a model that have `use_ema=True`: its own, the one inside, or some among several."""
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of a LossScaleOptimizer
    parts = getattr(optimizer, "optimizers", None) or [optimizer]  # of a MultiOptimizer
    return [part for part in parts if getattr(part, "use_ema", False)]


def begin_averages_anew(model: Any) -> None:
    """Sets each average to the weight that it is of, as at the start of a training."""
    for optimizer in averaging_optimizers(model):
        averages = getattr(optimizer, "_model_variables_moving_average", ())  # none yet where the optimizer is not built
        for variable, average in zip(optimizer._trainable_variables, averages, strict=False):
            average.assign(variable)
