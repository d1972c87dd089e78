import keras
import numpy as np
import pytest

from keras_tips.search.network import network
from keras_tips.search.parameters import parameters
from keras_tips.search.task import Task
from keras_tips.tips import build

pytestmark = pytest.mark.backend

CLASSES = Task.of(np.array([0, 1, 2]))


@pytest.mark.parametrize("activation", parameters()["activation"].choices)
def test_every_activation_gives_a_network(activation):
    model = build(network({"activation": activation, "units": 5, "layers": 3, "pieces": 4}, (7,), CLASSES, epochs=1))
    outputs = keras.ops.convert_to_numpy(model(np.ones((2, 7), "float32")))
    assert outputs.shape == (2, 3)
    assert outputs.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    weighted = [layer for layer in model.layers if layer.weights and not isinstance(layer, keras.layers.PReLU)]
    assert len(weighted) == 4
    factor = 4 if activation == "maxout" else 1
    assert int(np.prod(weighted[0].kernel.shape)) == 7 * 5 * factor


def test_settings_arrive():
    experiment = network({"lr": 0.5, "batch_size": 9}, (7,), CLASSES, epochs=4, seed=11)
    assert dict(experiment.fit) == {"epochs": 4, "batch_size": 9}
    assert experiment.seed == 11
    assert float(build(experiment).optimizer.learning_rate) == 0.5


def test_images_are_flattened():
    model = build(network({}, (8, 8, 1), CLASSES, epochs=1))
    assert model(np.ones((2, 8, 8, 1), "float32")).shape == (2, 3)


def test_regression_ends_linear():
    model = build(network({}, (3,), Task.of(np.array([0.5, 2.5])), epochs=1))
    assert model.layers[-1].activation is keras.activations.linear
    assert model.loss == "mean_squared_error"
