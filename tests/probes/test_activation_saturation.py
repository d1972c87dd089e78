"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import activations, ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.activation_saturation import BORDERS, activation_saturation

pytestmark = pytest.mark.backend


@pytest.mark.parametrize(
    "activation, outputs, share",
    [
        ("sigmoid", [0.04, 0.06, 0.94, 0.96], 0.5),
        ("tanh", [-0.95, -0.85, 0.0, 0.91], 0.5),
        ("softsign", [-1.0, 0.89, 0.0, 0.0], 0.25),
    ],
)
def test_counts_what_is_near_a_border(activation, outputs, share):
    step = LayerStep(ops.array([outputs]), activation=activation)
    assert float(activation_saturation.measure(step)) == pytest.approx(share)


@pytest.mark.parametrize("activation", [None, "relu", "linear", "softmax"])
def test_without_borders_there_is_nothing_to_measure(activation):
    assert activation_saturation.measure(LayerStep(ops.array([[1.0]]), activation=activation)) is None


@pytest.mark.parametrize("activation", BORDERS)
def test_borders_are_those_of_the_activation(activation):
    far = ops.array(np.array([-1e4, 1e4], "float32"))
    found = ops.convert_to_numpy(activations.get(activation)(far))
    np.testing.assert_allclose(found, BORDERS[activation], atol=1e-3)
