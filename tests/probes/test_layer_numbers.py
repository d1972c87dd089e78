import keras
import numpy as np
import pytest

from keras_tips.probes.catalogue import catalogue
from keras_tips.probes.layer_numbers import layer_numbers, mode_numbers
from keras_tips.probes.probe import LayerStep

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("quantity", ["activation_mean", "activation_deviation", "activation_zeros", "activation_saturation"])
def test_the_same_as_the_probes_inside_of_training(quantity, axis):
    outputs = np.tanh(np.maximum(RNG.normal(size=(6, 4, 5)), 0) * 3).astype("float32")
    step = LayerStep(keras.ops.convert_to_tensor(outputs), axis, "tanh")
    expected = float(keras.ops.convert_to_numpy(catalogue()[quantity].measure(step)))
    assert layer_numbers(outputs, axis, "tanh")[quantity] == pytest.approx(expected, rel=1e-5)


def test_silent_units_lie_along_the_axis():
    outputs = RNG.random((6, 4, 5))
    outputs[:, 1] = 0
    assert layer_numbers(outputs, 1)["silent_units"] == 0.25
    assert layer_numbers(outputs, -1)["silent_units"] == 0.0


def test_outputs_that_do_not_depend_on_the_input():
    assert layer_numbers(np.tile(RNG.normal(size=(1, 5)), (6, 1)))["activation_variation"] == pytest.approx(0, abs=1e-12)
    assert layer_numbers(RNG.normal(size=(1000, 5)))["activation_variation"] == pytest.approx(1, abs=0.01)
    assert layer_numbers(np.zeros((3, 2)))["activation_variation"] == 0.0


def test_both_modes():
    outputs = RNG.random((5000, 8)) + 1
    dropped = outputs * (RNG.random(outputs.shape) < 0.5)
    right, missing = mode_numbers(outputs, dropped * 2), mode_numbers(outputs, dropped)
    assert right["mode_shift"] < 0.1 < 1 < missing["mode_shift"]
    assert right["mode_gain"] == pytest.approx(2**0.5, rel=0.02)
    assert mode_numbers(outputs, outputs) == {"mode_shift": 0.0, "mode_gain": 1.0}
    assert mode_numbers(np.ones((2, 2)), np.zeros((2, 2)))["mode_shift"] == float("inf")
