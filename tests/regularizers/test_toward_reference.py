"""The penalty around a reference, against NumPy, and through a file."""

import copy
import json
import re

import keras
import numpy as np
import pytest

from keras_tips.regularizers import Lp, TowardReference

pytestmark = pytest.mark.backend

WEIGHTS = np.array([[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]], "float32")
REFERENCE = np.array([[1.0, -0.5, 0.5], [0.25, -1.0, 2.0]], "float32")
POWERS = [1, 1.25, 2, 3.0]


def penalized(regularizer, weights=WEIGHTS):
    """A model whose loss is the penalty alone, for inputs and wanted outputs of 0."""
    layer = keras.layers.Dense(weights.shape[1], use_bias=False, kernel_regularizer=regularizer)
    model = keras.Sequential([keras.Input((weights.shape[0],)), layer])
    layer.set_weights([weights])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    return model


def step(model):
    return model.train_on_batch(np.zeros((1, 2)), np.zeros((1, 3)))


def kernel(model):
    return np.array(model.layers[-1].get_weights()[0])


def number(loss):
    return float(keras.ops.convert_to_numpy(loss))


def formula(weights, reference, strength, p):
    return strength * np.sum(np.abs(weights - reference) ** p)


def pull(weights, reference, strength, p):
    """The derivative of the formula."""
    away = weights - reference
    return strength * p * np.sign(away) * np.where(away == 0, 1, np.abs(away)) ** (p - 1)


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("reference", [REFERENCE, 0.25], ids=["array", "number"])
def test_is_the_sum_of_powers_of_the_distance(reference, p):
    np.testing.assert_allclose(TowardReference(reference, 0.3, p)(WEIGHTS), formula(WEIGHTS, reference, 0.3, p), rtol=1e-6)


@pytest.mark.parametrize("p", POWERS)
def test_a_step_goes_towards_the_reference_and_rests_there(p):
    model = penalized(TowardReference(REFERENCE, 0.3, p))
    np.testing.assert_allclose(step(model), formula(WEIGHTS, REFERENCE, 0.3, p), rtol=1e-6)
    np.testing.assert_allclose(kernel(model), WEIGHTS - 0.1 * pull(WEIGHTS, REFERENCE, 0.3, p), atol=1e-6)
    np.testing.assert_array_equal(kernel(model)[WEIGHTS == REFERENCE], WEIGHTS[WEIGHTS == REFERENCE])


@pytest.mark.parametrize("p", POWERS)
def test_around_zero_it_is_the_penalty_on_size(p):
    np.testing.assert_array_equal(TowardReference(0, 0.3, p)(WEIGHTS), Lp(p, 0.3)(WEIGHTS))


def test_the_exponent_is_two_unless_told():
    assert TowardReference(0.0, 1.0).p == 2


def test_the_reference_does_not_move_with_the_weights():
    model = penalized(None)
    variable = model.layers[-1].kernel
    variable.regularizer = TowardReference(variable, 0.3)
    variable.assign(variable + 1.0)
    np.testing.assert_allclose(number(model.losses[0]), 0.3 * WEIGHTS.size, rtol=1e-6)


def test_config_is_whole_and_json():
    regularizer = TowardReference(REFERENCE / 3, strength=0.3, p=1.5)
    config = regularizer.get_config()
    assert set(config) == {"reference", "strength", "p"}
    again = TowardReference.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    assert again.reference.tobytes() == (REFERENCE / 3).tobytes()
    assert (again.strength, again.p) == (0.3, 1.5)
    assert TowardReference(2, 0.5).get_config() == {"reference": 2.0, "strength": 0.5, "p": 2.0}


def test_training_goes_on_from_a_file_as_without_one(tmp_path):
    model = penalized(TowardReference(REFERENCE, 0.3, 1.5))
    step(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert step(loaded) == step(model)
    np.testing.assert_array_equal(kernel(loaded), kernel(model))


def test_copies_of_the_model_carry_it():
    model = penalized(TowardReference(REFERENCE, 0.3, 1.5))
    for other in (keras.models.clone_model(model), copy.deepcopy(model)):
        other.set_weights(model.get_weights())
        np.testing.assert_allclose(number(other.losses[0]), formula(WEIGHTS, REFERENCE, 0.3, 1.5), rtol=1e-6)
    assert copy.deepcopy(TowardReference(REFERENCE, 0.3)).get_config() == TowardReference(REFERENCE, 0.3).get_config()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_counts_in_the_dtype_of_the_weights(policy):
    layer = keras.layers.Dense(3, use_bias=False, dtype=policy, kernel_regularizer=TowardReference(REFERENCE, 0.3))
    layer.build((None, 2))
    layer.set_weights([WEIGHTS])
    (loss,) = layer.losses
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    np.testing.assert_allclose(number(loss), formula(WEIGHTS, REFERENCE, 0.3, 2), rtol=1e-6)


def test_takes_a_reference_of_another_dtype():
    for dtype in ("float16", "float64", "int32"):
        exact = REFERENCE.astype(dtype)
        np.testing.assert_allclose(TowardReference(exact, 0.3)(WEIGHTS), formula(WEIGHTS, exact, 0.3, 2), rtol=1e-6)


def test_keeps_half_precision():
    half = TowardReference(REFERENCE, 0.3)(keras.ops.array(WEIGHTS, "float16"))
    assert keras.backend.standardize_dtype(half.dtype) == "float16"


def test_the_shapes_must_agree():
    sentence = "Invalid `reference`. Expected the shape of the weights, (3, 2). Received: a reference of shape (2, 3)."
    with pytest.raises(ValueError, match=re.escape(sentence)):
        TowardReference(REFERENCE, 0.3)(WEIGHTS.T)
    with pytest.raises(ValueError, match=re.escape("a reference of shape (1,)")):
        TowardReference([1.0], 0.3)(WEIGHTS)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ((None, 1), "Invalid `reference`. Expected a finite number. Received: reference=None."),
        ((float("nan"), 1), "reference=nan"),
        (([1.0, float("inf")], 1), "reference=array([ 1., inf])"),
        ((0, -1), "Invalid `strength`. Expected a number in [0, inf). Received: strength=-1."),
        ((0, float("nan")), "strength=nan"),
        ((0, True), "strength=True"),
        ((0, 1, 0.5), "Invalid `p`. Expected a number in [1, inf). Received: p=0.5."),
        ((0, 1, "2"), "p='2'"),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        TowardReference(*arguments)
