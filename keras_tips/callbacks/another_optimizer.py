"""An optimizer like another one, in the same state, whose learning rate can be set."""

from typing import Any

import keras

from keras_tips._base.arguments import invalid

__all__ = ["another_optimizer"]

NEEDED = "a model compiled with one optimizer that has a learning rate"


def another_optimizer(model: keras.Model, learning_rate: float) -> keras.optimizers.Optimizer:
    """Returns a copy of the model's optimizer, with this learning rate in place of a number, a schedule or a function.

    Momentum and whatever else the optimizer has gathered go with it; so does what it leaves out of weight decay.

    Args:
        model: compiled.
        learning_rate: the rate to begin with.

    Raises:
        ValueError: the model is not compiled, has a `MultiOptimizer`, which has one rate per group of variables, or an
            optimizer without a rate.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        raise invalid("model", NEEDED, model.name, "Call `model.compile(optimizer=..., loss=...)` first.")
    kind = type(optimizer).__name__
    if hasattr(optimizer, "_inner_optimizers"):
        cure = "It has one learning rate per group of variables. Compile the model with one of its optimizers for the test."
        raise invalid("model", NEEDED, kind, cure)
    config = optimizer.get_config()
    inner = config.get("inner_optimizer")  # of a LossScaleOptimizer, whose own rate means nothing
    settings = config if inner is None else inner["config"]
    if settings.get("learning_rate") is None:
        raise invalid("model", NEEDED, kind, "`get_config` of its optimizer names no `learning_rate`.")
    settings["learning_rate"] = learning_rate
    scope = getattr(model, "distribute_strategy", None)
    with scope.scope() if scope is not None else keras.name_scope(""):
        another = type(optimizer).from_config(config)
        _same_exclusions(optimizer, another)
        if optimizer.built:
            another.build(model.trainable_variables)
            _same_state(optimizer, another)
    return another


def _same_exclusions(old: Any, new: Any) -> None:
    """What is left out of weight decay is in no config."""
    for mine, theirs in ((new, old), (getattr(new, "inner_optimizer", None), getattr(old, "inner_optimizer", None))):
        if theirs is not None:
            vars(mine).update({name: value for name, value in vars(theirs).items() if "_weight_decay" in name})


def _same_state(old: Any, new: Any) -> None:
    for mine, theirs in zip(_state(new), _state(old), strict=True):
        mine.assign(keras.ops.convert_to_numpy(theirs.value))


def _state(optimizer: Any) -> list[keras.Variable]:
    """All variables but the learning rate, which is one of them only where it is a number."""
    return [variable for variable in optimizer.variables if variable is not optimizer.learning_rate]
