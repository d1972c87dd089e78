"""From a compiled model to an experiment, and from an experiment to a trained model."""

import copy
import importlib
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_integer, invalid, nearest
from keras_tips.records.experiment import Experiment
from keras_tips.tips.carry_weights import carry_weights
from keras_tips.tips.model_plan import ModelPlan, is_model
from keras_tips.tips.seeded import seeded
from keras_tips.tips.training_share import updates_of, with_steps

__all__ = ["build", "describe", "train"]

LARGEST_SEED = 2**32 - 1  # of NumPy's legacy generator, which keras.utils.set_random_seed seeds
# A feature that hardly varies in the training inputs is shifted, not stretched: dividing by its deviation would blow
# up any other value it takes later. The bound is relative to the square of its mean, as rounding errors are.
NO_VARIANCE = 1e-12
COUNTS = ("epochs", "batch_size", "steps_per_epoch")
ARRAYS = ("x", "y", "validation_data", "sample_weight")


def describe(
    model: keras.Model, *, seed: int = 0, callbacks: Mapping[str, Mapping[str, Any]] | None = None, **fit: Any
) -> Experiment:
    """Returns the experiment that a compiled model stands for: its architecture and settings, not its weights.

    Args:
        model: a compiled Sequential or functional model. Layers that were adapted (Normalization and its like) are listed
            in `Experiment.adapt`, since what they learned is not part of an architecture.
        seed: from which `build` and `train` draw.
        callbacks: class name -> arguments.
        **fit: arguments of `fit` that are plain values, such as `epochs=20` and `batch_size=64`.

    Raises:
        ValueError: the model is not compiled or is subclassed, or an argument is not plain.

    >>> import keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> describe(model, epochs=3).fit
    {'epochs': 3}
    """
    if not isinstance(model, (keras.Sequential, keras.Model)):
        raise invalid("model", "a Keras model", model)
    if not model.compiled:
        raise invalid("model", "a compiled model", model.name, "Call model.compile(optimizer, loss) first.")
    check_integer("seed", seed, 0, LARGEST_SEED)
    for name, value in fit.items():
        _check_plain(name, value)
        if name in COUNTS and value is not None:
            check_integer(name, value, low=1)
    config = _without_state(keras.saving.serialize_keras_object(model))
    ModelPlan.of(config)
    adapt = tuple(layer.name for layer in model.layers if callable(getattr(layer, "adapt", None)) and _learns(layer))
    return Experiment(config, model.get_compile_config(), dict(fit), dict(callbacks or {}), adapt, int(seed))


def build(experiment: Experiment, x: Any = None, start_from: keras.Model | None = None) -> keras.Model:
    """Returns the experiment's model: compiled, with starting weights that `experiment.seed` decides.

    Afterwards Python's and NumPy's global generators stand where they stood; the backend's own generator stays seeded.

    Args:
        experiment: what to build.
        x: training inputs; the layers of `experiment.adapt` are adapted to them. Without it they stay as Keras makes them,
            and schedules over the whole training count a hundred updates an epoch.
        start_from: a model whose weights are carried over where names and shapes agree, as `carry_weights` does; None
            starts anew.

    Raises:
        ValueError: `experiment` is none, or holds a layer to adapt that the model has not.
    """
    if not isinstance(experiment, Experiment):
        raise invalid("experiment", "an Experiment", experiment)
    with seeded(experiment.seed):
        return _built(experiment, x, start_from)


def train(
    experiment: Experiment,
    data: tuple[Any, Any],
    validation_data: tuple[Any, Any] | None = None,
    callbacks: Iterable[keras.callbacks.Callback] = (),
    verbose: int | str = 0,
    start_from: keras.Model | None = None,
) -> tuple[keras.Model, keras.callbacks.History]:
    """Builds and trains an experiment. The seed decides weights, shuffling and dropout: the same call gives the same model.

    Args:
        experiment: what to train.
        data: `(x, y)` of training.
        validation_data: `(x, y)` of validation, or None.
        callbacks: further callbacks, after those of the experiment.
        verbose: as in `fit`.
        start_from: a model whose weights are carried over where names and shapes agree; None starts anew.

    Returns:
        The trained model and its history.

    Raises:
        ValueError: `data` is not a pair, or the experiment names an unknown callback.
    """
    if not isinstance(experiment, Experiment):
        raise invalid("experiment", "an Experiment", experiment)
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise invalid("data", "a pair (x, y)", type(data).__name__)
    x, y = data
    with seeded(experiment.seed):
        model = _built(experiment, x, start_from)
        own = [_callback(name, arguments) for name, arguments in experiment.callbacks.items()]
        settings = {"validation_data": validation_data, "verbose": verbose, **experiment.fit}
        history = model.fit(x, y, callbacks=[*own, *callbacks], **settings)
    return model, history


def _built(experiment: Experiment, x: Any, start_from: keras.Model | None) -> keras.Model:
    _register(experiment.model)
    _register(experiment.compile)
    # Keras empties the config of a functional model while it reads it.
    model = keras.saving.deserialize_keras_object(copy.deepcopy(dict(experiment.model)))
    if start_from is not None:
        if not model.built and x is not None:
            model.build(np.shape(x))
        carry_weights(start_from, model)
    if x is not None:
        _adapt(model, experiment.adapt, x)
    rows = None if x is None else _rows(x)
    updates = updates_of(experiment.fit, rows)
    model.compile_from_config(with_steps(copy.deepcopy(dict(experiment.compile)), updates))
    _spare_from_decay(model.optimizer, experiment.undecayed)
    return model


def _rows(x: Any) -> int:
    """The number of examples in an array, or in the first of several."""
    parts = list(x.values()) if isinstance(x, Mapping) else x
    return len(parts[0] if isinstance(parts, (list, tuple)) else parts)


def _spare_from_decay(optimizer: Any, names: tuple[str, ...]) -> None:
    """Tells an optimizer whose weights carry which words in their names its weight decay leaves alone."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of a LossScaleOptimizer
    if names and getattr(optimizer, "weight_decay", None):
        optimizer.exclude_from_weight_decay(var_names=list(names))


def _adapt(model: keras.Model, names: tuple[str, ...], x: Any) -> None:
    """Adapts layers in the order of the model, each to what reaches it."""
    known = [layer.name for layer in model.layers]
    for name in names:
        if name not in known:
            raise invalid("adapt", "names of layers of the model", name, nearest(name, known))
    if names and not model.built:
        model.build(np.shape(x))
    for layer in model.layers:
        if layer.name in names:
            layer.adapt(_reaching(layer, model, x))
            if isinstance(layer, keras.layers.Normalization):
                _keep_constant_features(layer)


def _reaching(layer: keras.layers.Layer, model: keras.Model, x: Any) -> Any:
    """What arrives at a layer when `x` enters the model."""
    if len(model.inputs) == 1 and layer.input is model.inputs[0]:
        return np.asarray(next(iter(x.values())) if isinstance(x, Mapping) else x)
    return keras.Model(model.inputs, layer.input).predict(x, verbose=0)


def _keep_constant_features(layer: keras.layers.Normalization) -> None:
    """Counts the deviation of a constant feature as 1."""
    mean = keras.ops.convert_to_numpy(layer.adapt_mean)
    variance = keras.ops.convert_to_numpy(layer.adapt_variance)
    constant = variance <= NO_VARIANCE * np.maximum(mean**2, 1.0)
    if constant.any():
        layer.adapt_variance.assign(np.where(constant, 1.0, variance))
        layer.finalize_state()


def _learns(layer: Any) -> bool:
    """Whether a layer with `adapt` takes its state from data, rather than from its arguments."""
    return getattr(layer, "input_mean", None) is None


def _callback(name: str, arguments: Mapping[str, Any]) -> keras.callbacks.Callback:
    """The callback of this class name: one of Keras's, or a registered one."""
    kind = getattr(keras.callbacks, name, None) or keras.saving.get_registered_object(name)
    if kind is None:
        known = [known for known in dir(keras.callbacks) if known[:1].isupper()]
        raise invalid("callbacks", "class names of callbacks", name, nearest(name, known))
    return kind(**arguments)


def _register(config: Any) -> None:
    """Imports the modules of keras_tips that a config names, so that Keras knows their classes."""
    if isinstance(config, Mapping):
        module = config.get("module")
        if isinstance(module, str) and module.startswith("keras_tips."):
            importlib.import_module(module)
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        for part in config:
            _register(part)


def _without_state(config: dict[str, Any]) -> dict[str, Any]:
    """The config without shapes and settings that a rewritten model would contradict: Keras finds the shapes itself."""
    kept = {key: value for key, value in config.items() if key not in ("build_config", "compile_config")}
    if is_model({"config": kept["config"]} if isinstance(kept.get("config"), Mapping) else {"config": {}}):
        layers = [_without_state(layer) for layer in kept["config"]["layers"]]
        kept["config"] = {**kept["config"], "layers": layers}
    return kept


def _check_plain(name: str, value: Any) -> None:
    if name in ARRAYS or not _is_plain(value):
        cure = "Rows of data and callbacks are given to keras_tips.tips.train."
        raise invalid(name, "a plain value: a number, text, truth value, or a mapping of them", type(value).__name__, cure)


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_plain(part) for part in value.values())
    return value is None or isinstance(value, (bool, int, float, str))
