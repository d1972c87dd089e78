"""Checks that hold for every layer, beside those of `keras_tips.testing.check_layer`."""

import copy
import inspect

import keras
import numpy as np

from keras_tips.testing.run_layer_test import run_layer_test, without_warnings_of_keras_checks

__all__ = ["check_by_keras", "check_config_is_whole", "check_copies", "gradients", "without_warnings_of_keras_checks"]


def check_by_keras(layer_class, arguments, input_shape, expected_output_shape, masks=True, **expected):
    """Keras's own checks, with numbers of weights and losses that `check_layer` does not ask for."""
    run_layer_test(
        layer_class,
        arguments,
        input_shape=input_shape,
        expected_output_shape=expected_output_shape,
        expected_num_seed_generators=0,
        expected_num_non_trainable_weights=0,
        supports_masking=masks,
        **expected,
    )
    assert layer_class(**arguments).compute_output_shape((None, *input_shape[1:])) == (None, *expected_output_shape[1:])


def check_config_is_whole(thing, arguments, beside=()):
    """Every argument of the signature is in the config, and none comes back as its default.

    `arguments` gives each a value other than the default, but for those `beside`, which exclude one of the others.
    """
    names = {
        name
        for name, parameter in inspect.signature(type(thing).__init__).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    }
    assert set(arguments) | set(beside) == names, "the test leaves an argument out"
    config = thing.get_config()
    assert names <= set(config)
    assert keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(thing)).get_config() == config
    again = type(thing).from_config(config).get_config()
    defaults = type(thing)(**{name: arguments[name] for name in _required(type(thing))}).get_config()
    for name in arguments:
        assert again[name] == config[name]
        assert name in _required(type(thing)) or config[name] != defaults[name], f"{name} was lost"


def _required(kind):
    _, *parameters = inspect.signature(kind.__init__).parameters.values()
    return [each.name for each in parameters if each.default is each.empty and each.kind is not each.VAR_KEYWORD]


def check_copies(layer, x, folder):
    """A saved and loaded, a cloned and a deep-copied model predict the same, to the bit."""
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    before = model.predict(x, verbose=0)
    path = folder / "model.keras"
    model.save(path)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    for other in (keras.models.load_model(path), clone, copy.deepcopy(model)):
        assert type(other.layers[-1]) is type(layer)
        np.testing.assert_array_equal(other.predict(x, verbose=0), before)


def gradients(layer, x, direction):
    """Returns weight -> derivative of `sum(layer(x) * direction)`, by the step that plain gradient descent takes.

    It goes the way that training goes, so one formula serves all backends.
    """
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])

    def total(wanted, outputs):  # Keras averages over the examples, so each counts as often as there are examples
        return keras.ops.sum(wanted * outputs, axis=tuple(range(1, len(outputs.shape)))) * len(x)

    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=total)
    before = [np.array(weight) for weight in layer.get_weights()]
    model.train_on_batch(x, direction)
    after = layer.get_weights()
    return {weight.name: old - new for weight, old, new in zip(layer.weights, before, after, strict=True)}
