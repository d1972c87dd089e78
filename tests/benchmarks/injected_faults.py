"""Faults to put into healthy programs, one at a time, each with the ailments that are right answers for it.

A fault takes a compiled model and the arguments of `fit`, changes them in place or gives others, and returns them; or None
where it does not apply, such as a fault of class labels on a regression. Whether it does harm there is measured afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from keras_tips.regularizers import apply_to_kernels

__all__ = ["FAULTS", "Fault"]

Fit = dict[str, Any]
Result = tuple[keras.Model, Fit] | None
FAULTS: dict[str, "Fault"] = {}

CLASSES = {
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
}
SCALING = (layers.Normalization, layers.Rescaling, layers.BatchNormalization, layers.LayerNormalization)


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: of the function that puts it in.
        ailments: names that are right for it, the best first.
        put_into: takes model, arguments of `fit` and a random generator.
        silent: whether it spoils what is measured instead of what is learned, so that the figures look fine.
        loss_unit: what the logged loss is to be divided by before it is compared with what the program reaches.
    """

    name: str
    ailments: tuple[str, ...]
    put_into: Callable[[keras.Model, Fit, np.random.Generator], Result]
    silent: bool = False
    loss_unit: float = 1.0


def fault(
    *ailments: str, silent: bool = False, loss_unit: float = 1.0
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Decorator that stores a function as a fault."""

    def store(put_into):
        FAULTS[put_into.__name__] = Fault(put_into.__name__, ailments, put_into, silent, loss_unit)
        return put_into

    return store


# --------------------------------------------------------------------------------------- looking at a program


def has_table(fit):
    """Whether there is one input array of amounts, and one array of targets."""
    return all(isinstance(fit.get(name), np.ndarray) for name in ("x", "y")) and fit["x"].dtype.kind == "f"


def has_labels(fit):
    """Whether the targets are class numbers, or single zeros and ones."""
    y = fit.get("y")
    return (
        isinstance(y, np.ndarray) and (y.ndim == 1 or y.shape[1:] == (1,)) and y.dtype.kind in "iub" and len(np.unique(y)) < 50
    )


def has_validation(fit):
    held_out = fit.get("validation_data")
    return isinstance(held_out, tuple) and isinstance(held_out[0], np.ndarray)


def all_layers(model):
    return [layer for layer in model._flatten_layers(include_self=False) if not isinstance(layer, keras.Model)]


def hidden_layers(model):
    """Dense and convolutional layers with a kernel of their own, in order, without the last one."""
    return [layer for layer in all_layers(model) if isinstance(layer, layers.Dense | layers.Conv1D | layers.Conv2D)][:-1]


def last_layer(model):
    """The Dense layer that ends a network of one output, or None."""
    ends = isinstance(model, keras.Sequential) or getattr(model, "_functional", None) or hasattr(model, "outputs")
    last = model.layers[-1] if ends and model.layers else None
    return last if isinstance(last, layers.Dense) else None


def loss_name(model):
    """The loss where it was given by its name, else None."""
    return model.loss if isinstance(model.loss, str) else None


def compiled_with(model, **changes):
    """Compiles the model again with other parts."""
    model.compile(**{**model._compile_config.config, "optimizer": model.optimizer, **changes})
    return model


# --------------------------------------------------------------------------------------------- the optimizer


def with_rate(model, factor):
    optimizer = model.optimizer
    if isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        return None
    optimizer.learning_rate = float(optimizer.learning_rate) * factor
    return model


@fault("learning_rate_too_high")
def learning_rate_times_1000(model, fit, rng):
    return with_rate(model, 1e3) and (model, fit)


@fault("learning_rate_too_low", "undertrained")
def learning_rate_over_10000(model, fit, rng):
    return with_rate(model, 1e-4) and (model, fit)


@fault("learning_rate_invalid", "gradient_ascent")
def learning_rate_negative(model, fit, rng):
    return with_rate(model, -1.0) and (model, fit)


@fault("loss_reduction_sum", "learning_rate_too_high", loss_unit=32.0)
def loss_summed(model, fit, rng):
    name = CLASSES.get(loss_name(model))
    return name and (compiled_with(model, loss=getattr(keras.losses, name)(reduction="sum")), fit)


@fault("undertrained")
def one_epoch(model, fit, rng):
    return model, {**fit, "epochs": 1 + fit.get("initial_epoch", 0)}


@fault("batch_size_unsuitable", "undertrained")
def all_rows_in_one_batch(model, fit, rng):
    return (model, {**fit, "batch_size": len(fit["y"])}) if has_table(fit) else None


# --------------------------------------------------------------------------------------------------- the data


@fault("labels_corrupt", "data_without_signal")
def labels_shuffled(model, fit, rng):
    return (model, {**fit, "y": rng.permutation(fit["y"])}) if isinstance(fit.get("y"), np.ndarray) else None


@fault("labels_corrupt")
def labels_beyond_the_classes(model, fit, rng):
    last = last_layer(model)
    if not has_labels(fit) or last is None or last.units == 1:
        return None
    return model, {**fit, "y": fit["y"] + last.units // 2}


@fault("inputs_not_scaled", "saturated_units")
def inputs_times_1000(model, fit, rng):
    if not has_table(fit) or not has_validation(fit) or any(isinstance(layer, SCALING) for layer in all_layers(model)):
        return None
    x, *others = fit["validation_data"]
    return model, {**fit, "x": fit["x"] * 1000, "validation_data": (x * 1000, *others)}


@fault("inputs_not_finite")
def nan_in_inputs(model, fit, rng):
    if not has_table(fit):
        return None
    x = fit["x"].copy()
    x.reshape(len(x), -1)[rng.integers(0, len(x), 5), 0] = np.nan
    return model, {**fit, "x": x}


@fault("targets_not_scaled", loss_unit=1e8)
def targets_times_10000(model, fit, rng):
    linear = getattr(last_layer(model), "activation", None) is keras.activations.linear
    if not has_table(fit) or not has_validation(fit) or loss_name(model) != "mse" or not linear:
        return None
    x, y = fit["validation_data"]
    return model, {**fit, "y": fit["y"] * 1e4, "validation_data": (x, y * 1e4)}


@fault("unshuffled_data")
def rows_sorted_and_not_shuffled(model, fit, rng):
    if not has_table(fit) or not has_labels(fit) or "sample_weight" in fit:
        return None
    order = np.argsort(fit["y"].ravel(), kind="stable")
    return model, {**fit, "x": fit["x"][order], "y": fit["y"][order], "shuffle": False}


@fault("split_not_random")
def validation_cut_from_sorted_rows(model, fit, rng):
    if not has_table(fit) or not has_labels(fit) or "sample_weight" in fit:
        return None
    order = np.argsort(fit["y"].ravel(), kind="stable")
    kept = {name: value for name, value in fit.items() if name != "validation_data"}
    return model, {**kept, "x": fit["x"][order], "y": fit["y"][order], "validation_split": 0.2}


@fault("train_validation_shift")
def validation_of_other_scale(model, fit, rng):
    if not has_table(fit) or not has_validation(fit):
        return None
    x, *others = fit["validation_data"]
    return model, {**fit, "validation_data": (x * 50 + 1, *others)}


@fault("split_leak", silent=True)
def validation_rows_from_training(model, fit, rng):
    if not has_table(fit) or not has_validation(fit):
        return None
    chosen = rng.permutation(len(fit["x"]))[: len(fit["x"]) // 4]
    return model, {**fit, "validation_data": (fit["x"][chosen], fit["y"][chosen])}


@fault("class_imbalance")
def most_rows_of_most_classes_gone(model, fit, rng):
    if not has_table(fit) or not has_labels(fit) or "sample_weight" in fit or "class_weight" in fit:
        return None
    keep = (fit["y"].ravel() == fit["y"].ravel()[0]) | (rng.random(len(fit["y"])) < 0.02)
    return model, {**fit, "x": fit["x"][keep], "y": fit["y"][keep]}


@fault("overfitting", "overtraining")
def forty_rows_and_many_epochs(model, fit, rng):
    if not has_table(fit) or not has_validation(fit) or "sample_weight" in fit or len(fit["x"]) < 400:
        return None
    return model, {**fit, "x": fit["x"][:40], "y": fit["y"][:40], "epochs": 10 * fit["epochs"]}


# -------------------------------------------------------------------------------------------------- the network


def of_relu(model):
    return [layer for layer in hidden_layers(model) if layer.activation is keras.activations.relu and layer.use_bias]


@fault("symmetric_initialization")
def zero_kernels(model, fit, rng):
    chosen = hidden_layers(model) if model.built else []
    for layer in chosen:
        layer.kernel.assign(np.zeros(layer.kernel.shape, "float32"))
    return (model, fit) if chosen else None


@fault("initialization_scale", "exploding_gradient")
def kernels_of_deviation_one(model, fit, rng):
    chosen = hidden_layers(model) if model.built else []
    for layer in chosen:
        layer.kernel.assign(rng.normal(size=layer.kernel.shape))
    return (model, fit) if len(chosen) > 1 else None


@fault("dead_units")
def relu_biases_at_minus_ten(model, fit, rng):
    chosen = of_relu(model) if model.built else []
    for layer in chosen:
        layer.bias.assign(np.full(layer.bias.shape, -10.0, "float32"))
    return (model, fit) if chosen else None


@fault("hidden_activation_unsuitable", "vanishing_gradient")
def softmax_inside(model, fit, rng):
    chosen = of_relu(model) if model.built else []
    for layer in chosen:
        layer.activation = keras.activations.softmax
    return (model, fit) if chosen else None


@fault("missing_nonlinearity")
def hidden_layers_linear(model, fit, rng):
    chosen = of_relu(model) if model.built else []
    for layer in chosen:
        layer.activation = keras.activations.linear
    return (model, fit) if len(chosen) > 1 else None


def with_last(model, expected, activation):
    """The model with another last activation, where it ends in the expected one."""
    last = last_layer(model)
    if last is None or last.activation is not expected:
        return None
    last.activation = activation
    return model


@fault("output_activation_mismatch", "logits_mismatch")
def sigmoid_for_exclusive_classes(model, fit, rng):
    return with_last(model, keras.activations.softmax, keras.activations.sigmoid) and (model, fit)


@fault("logits_mismatch", "output_activation_mismatch")
def last_softmax_dropped(model, fit, rng):
    return with_last(model, keras.activations.softmax, keras.activations.linear) and (model, fit)


@fault("output_activation_mismatch")
def softmax_on_one_unit(model, fit, rng):
    one = getattr(last_layer(model), "units", None) == 1
    return (one and with_last(model, keras.activations.sigmoid, keras.activations.softmax) and (model, fit)) or None


@fault("output_activation_mismatch")
def relu_for_targets_of_both_signs(model, fit, rng):
    if not isinstance(fit.get("y"), np.ndarray) or fit["y"].min() >= 0:
        return None
    return with_last(model, keras.activations.linear, keras.activations.relu) and (model, fit)


@fault("loss_task_mismatch")
def squared_error_for_classes(model, fit, rng):
    fits = loss_name(model) in ("categorical_crossentropy", "binary_crossentropy") and isinstance(fit.get("y"), np.ndarray)
    return (compiled_with(model, loss="mse"), fit) if fits else None


@fault("over_regularized")
def penalty_of_one(model, fit, rng):
    return (apply_to_kernels(model, keras.regularizers.L2(1.0)), fit) if hidden_layers(model) and model.built else None


@fault("dropout_too_high")
def dropout_at_95_percent(model, fit, rng):
    # Without a rate, Keras gives a layer no random numbers, and later none can be added.
    chosen = [layer for layer in all_layers(model) if type(layer) is layers.Dropout and layer.rate > 0]
    for layer in chosen:
        layer.rate = 0.95
    return (model, fit) if chosen else None


@fault("frozen_layers")
def all_frozen_but_the_last(model, fit, rng):
    last = last_layer(model)
    if last is None or not hidden_layers(model):
        return None
    for layer in all_layers(model):
        layer.trainable = layer is last
    return compiled_with(model), fit


@fault("frozen_layers")
def everything_frozen(model, fit, rng):
    model.trainable = False
    return compiled_with(model), fit


@fault("stale_batch_statistics")
def moving_statistics_that_hardly_move(model, fit, rng):
    chosen = [layer for layer in all_layers(model) if isinstance(layer, layers.BatchNormalization)]
    for layer in chosen:
        layer.momentum = 0.9999
    return (model, fit) if chosen else None
