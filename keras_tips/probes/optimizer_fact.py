"""What is known of an optimizer before the first step."""

from typing import Any

from keras_tips.records.facts import OptimizerFact

__all__ = ["optimizer_fact"]

MOMENTUM = ("momentum", "beta_1", "beta")  # whatever an optimizer calls the memory of its steps
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


def optimizer_fact(optimizer: Any) -> OptimizerFact:
    """Returns the fact of an optimizer; where the loss is scaled for half precision, of the optimizer inside.

    >>> import keras
    >>> fact = optimizer_fact(keras.optimizers.Adam(0.5, clipnorm=1.0))
    >>> fact["name"], fact["learning_rate"], fact["momentum"], fact["clips"]
    ('Adam', 0.5, 0.9, True)
    """
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    config = optimizer.get_config()
    rate = config.get("learning_rate")
    schedule = rate.get("class_name") if isinstance(rate, dict) else None
    return OptimizerFact(
        name=type(optimizer).__name__,
        learning_rate=_number(rate),
        schedule=str(schedule) if schedule is not None else None,
        epsilon=_number(config.get("epsilon")),
        momentum=next((number for name in MOMENTUM if (number := _number(config.get(name))) is not None), None),
        weight_decay=_number(config.get("weight_decay")),
        clips=any(config.get(name) is not None for name in CLIPS),
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
