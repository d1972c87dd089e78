"""Which metrics a model was compiled with."""

import re
from typing import Any

import keras

__all__ = ["metric_names"]


def metric_names(model: keras.Model) -> list[str]:
    """Returns the names of the metrics that `compile` was given, in snake_case: those of metric objects by their class.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse", metrics=["mae", keras.metrics.RootMeanSquaredError()])
    >>> metric_names(model)
    ['mae', 'root_mean_squared_error']
    """
    given = getattr(model, "_compile_metrics", None)
    parts = [getattr(given, name, None) for name in ("_user_metrics", "_user_weighted_metrics")]
    return list(dict.fromkeys(_name(metric) for part in parts for metric in keras.tree.flatten(part) if metric is not None))


def _name(metric: Any) -> str:
    if isinstance(metric, str):
        return metric
    name = getattr(metric, "__name__", None) or type(metric).__name__
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
