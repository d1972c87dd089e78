import re

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.callbacks.examine import examine

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)
X, Y = RNG.random((64, 4)), RNG.integers(0, 2, 64)


def compiled(loss, *parts, **more):
    model = keras.Sequential([keras.Input((4,)), *parts])
    model.compile("sgd", loss, **more)
    return model


# Keras itself warns of a softmax over one unit when it is called; building does not call it.
def test_softmax_on_one_unit():
    diagnosis = examine(compiled("binary_crossentropy", layers.Dense(1, "softmax", name="last")), X, Y)
    (finding,) = diagnosis.findings
    assert (finding.rule, finding.severity, finding.layers) == ("output_activation_mismatch", "critical", ("last",))
    assert (diagnosis.stage, diagnosis.healthy) == ("setup", False)


def test_raw_pixels():
    model = compiled("mse", layers.Dense(8, "relu", name="first"), layers.Dense(1))
    finding = examine(model, X * 255, Y).findings[0]
    assert (finding.rule, finding.layers) == ("inputs_not_scaled", ("first",))


def test_sigmoid_units_for_classes_follow_the_backend():
    model = compiled("categorical_crossentropy", layers.Dense(2, "sigmoid"))
    (finding,) = examine(model, X, np.eye(2)[Y]).findings
    assert finding.severity == ("info" if keras.backend.backend() == "tensorflow" else "warning")


def test_healthy_and_nothing_about_training():
    model = compiled("binary_crossentropy", layers.Dense(8, "relu"), layers.Dense(1, "sigmoid"))
    diagnosis = examine(model, X, Y, validation_data=(RNG.random((64, 4)), RNG.integers(0, 2, 64)), batch_size=8)
    assert (diagnosis.healthy, diagnosis.stage) == (True, "done"), diagnosis
    assert "loss_not_finite" not in dict(diagnosis.not_examined)


def test_validation_rows_from_training():
    model = compiled("binary_crossentropy", layers.Dense(8, "relu"), layers.Dense(1, "sigmoid"))
    diagnosis = examine(model, X, (X[:, 0] > 0.5) * 1, validation_data=(X[:32], (X[:32, 0] > 0.5) * 1))
    assert diagnosis.findings[0].rule == "split_leak"


def test_nothing_is_changed():
    model = compiled("mse", layers.Dense(8, "relu"), layers.Dropout(0.5, seed=1), layers.Dense(1))
    before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    steps = int(model.optimizer.iterations.numpy()) if hasattr(model.optimizer.iterations, "numpy") else 0
    examine(model, X, Y)
    after = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    assert all((old == new).all() for old, new in zip(before, after, strict=True))
    assert int(keras.ops.convert_to_numpy(model.optimizer.iterations)) == steps == 0


def test_a_model_that_is_not_built():
    model = keras.Sequential([layers.Dense(8, "relu"), layers.Dense(1, "sigmoid", name="last")])
    model.compile("sgd", "mse")
    (finding,) = examine(model, X, X.sum(1) * 100).findings
    assert (finding.rule, finding.layers) == ("output_activation_mismatch", ("last",))
    assert not model.built


@pytest.mark.parametrize(
    "change, text",
    [
        ({"model": "model"}, "Invalid `model`"),
        ({"y": None}, "Invalid `y`"),
        ({"y": Y[:3]}, "the same number of rows"),
        ({"x": None}, "Invalid `x`"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": True}, "batch_size=True"),
        ({"batch_size": float("nan")}, "batch_size=nan"),
        ({"validation_data": X}, "Invalid `validation_data`"),
        ({"validation_data": (X,)}, "Invalid `validation_data`"),
    ],
)
def test_bad_arguments(change, text):
    given = {"model": compiled("mse", layers.Dense(1)), "x": X, "y": Y, **change}
    with pytest.raises(ValueError, match=re.escape(text)):
        examine(**given)
