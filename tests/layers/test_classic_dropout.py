"""Dropout without rescaling: against Keras's masks, against all masks, and through Keras's own tests."""

import itertools
import re
import unittest
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from harness import check_config_is_whole, check_copies, without_warnings_of_keras_checks
from keras.src import testing

from keras_tips.layers import ClassicDropout
from keras_tips.testing import check_layer

pytestmark = pytest.mark.backend


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("rate, generators", [(0.2, 1), (0, 0), (1.0, 1)])
def test_passes_the_checks_of_keras(rate, generators):
    case = testing.TestCase()
    case.setUp()
    with without_warnings_of_keras_checks():
        case.run_layer_test(
            ClassicDropout,
            {"rate": rate},
            input_shape=(2, 3),
            call_kwargs={"training": True},
            expected_output_shape=(2, 3),
            expected_num_trainable_weights=0,
            expected_num_non_trainable_weights=0,
            expected_num_seed_generators=generators,
            expected_num_losses=0,
            supports_masking=True,
            assert_built_after_instantiation=True,
        )


@pytest.mark.parametrize("arguments", [{"rate": 0.4, "seed": 3}, {"rate": 0.4, "seed": 3, "noise_shape": (None, 1, None)}])
def test_passes_all_checks_of_layers(arguments):
    check_layer(ClassicDropout, arguments, (2, 4, 3), reference=lambda layer, x: 0.6 * x)


# Of Keras's own tests, those on rescaling and on the words of errors are for the inverted form alone.
OTHER_BY_DESIGN = {
    "test_dropout_rescaling",
    "test_dropout_negative_rate",
    "test_dropout_rate_greater_than_one",
    "test_validate_noise_shape_non_iterable",
    "test_validate_noise_shape_invalid_type",
    "test_validate_noise_shape_negative_value",
    "test_validate_noise_shape_zero_value",
}


def test_passes_the_tests_that_keras_wrote_for_its_own(monkeypatch):
    from keras.src.layers.regularization import dropout_test

    monkeypatch.setattr(dropout_test, "layers", SimpleNamespace(Dropout=ClassicDropout))
    names = set(unittest.defaultTestLoader.getTestCaseNames(dropout_test.DropoutTest))
    assert names > OTHER_BY_DESIGN
    suite = unittest.TestSuite(dropout_test.DropoutTest(name) for name in names - OTHER_BY_DESIGN)
    with without_warnings_of_keras_checks():
        result = suite.run(unittest.TestResult())
    assert result.testsRun >= 6
    assert [text for _, text in result.failures + result.errors] == []


def test_keeps_values_as_they_are_and_about_the_share_it_should():
    x = normal(200, 100) + 10.0  # no zeros of its own
    outputs = numpy(ClassicDropout(0.3, seed=1)(x, training=True))
    kept = outputs != 0
    np.testing.assert_array_equal(outputs[kept], x[kept])
    assert abs(kept.mean() - 0.7) < 4 * np.sqrt(0.3 * 0.7 / x.size)  # four standard deviations


def test_scales_down_at_inference():
    x = normal(4, 5)
    np.testing.assert_allclose(numpy(ClassicDropout(0.3)(x)), 0.7 * x, rtol=1e-6)
    np.testing.assert_allclose(numpy(ClassicDropout(0.3)(x, training=False)), 0.7 * x, rtol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_at_the_ends_of_the_range(training):
    x = normal(4, 5)
    np.testing.assert_array_equal(numpy(ClassicDropout(0)(x, training=training)), x)
    np.testing.assert_array_equal(numpy(ClassicDropout(1)(x, training=training)), 0 * x)


@pytest.mark.parametrize("noise_shape", [None, (None, 1, None)])
def test_draws_the_masks_that_keras_draws(noise_shape):
    x = normal(8, 6, 5)
    ours, theirs = (kind(0.4, noise_shape=noise_shape, seed=3) for kind in (ClassicDropout, keras.layers.Dropout))
    masks = []
    for _ in range(2):
        outputs, scaled = numpy(ours(x, training=True)), numpy(theirs(x, training=True))
        np.testing.assert_allclose(outputs, 0.6 * scaled, rtol=1e-5)
        masks.append(outputs != 0)
    assert (masks[0] != masks[1]).any()  # a new mask for each batch


def test_the_same_seed_gives_the_same_masks():
    x = normal(8, 6)
    first, again, other = (numpy(ClassicDropout(0.5, seed=seed)(x, training=True)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_mean_over_all_masks_is_the_output_at_inference():
    """Of a linear net: each of the 16 masks of 4 values is drawn, and counts with its probability."""
    rate, x = 0.3, np.array([[1.0, -2.0, 3.0, 0.5]], "float32")
    dropout, linear = ClassicDropout(rate, seed=1), keras.layers.Dense(3, bias_initializer="ones")
    dropped = numpy(dropout(np.repeat(x, 4000, axis=0), training=True))
    outputs = numpy(linear(dropped))
    mean = np.zeros(3)
    for mask in itertools.product([0.0, 1.0], repeat=4):
        rows = (dropped == x * np.array(mask, "float32")).all(axis=1)
        assert rows.any(), f"{mask} was never drawn"
        mean += np.prod([1 - rate if kept else rate for kept in mask]) * outputs[rows][0]
    np.testing.assert_allclose(mean, numpy(linear(dropout(x)))[0], rtol=1e-5)


def test_gradients_pass_where_values_were_kept():
    dense = keras.layers.Dense(200, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), dense, ClassicDropout(0.5, seed=2)])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=lambda wanted, outputs: keras.ops.sum(outputs, axis=-1))
    before = np.array(model.layers[0].kernel)
    model.train_on_batch(np.ones((1, 3), "float32"), np.ones((1, 200), "float32"))
    gradient = before - numpy(model.layers[0].kernel)
    assert set(np.unique(gradient)) == {0.0, 1.0}  # 1, not 2 as behind the inverted form


def test_trains_in_compiled_and_half_precision_steps():
    for policy in ("mixed_float16", "mixed_bfloat16"):
        layer = ClassicDropout(0.5, seed=1, dtype=policy)
        outputs = layer(keras.ops.ones((4, 50)), training=True)
        assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
        assert set(np.unique(numpy(keras.ops.cast(outputs, "float32")))) == {0.0, 1.0}
    model = keras.Sequential([keras.Input((None, 3)), ClassicDropout(0.5), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=keras.backend.backend() != "torch")
    model.fit(normal(8, 4, 3), normal(8, 4, 1), verbose=0)


def test_whole_numbers_are_cast():
    outputs = ClassicDropout(0.5)(np.array([[2, 4]]))
    assert numpy(outputs).tolist() == [[1.0, 2.0]]
    assert ClassicDropout(0.5)(keras.Input((2,), dtype="int32")).dtype == "float32"


def test_a_mask_passes():
    masked = keras.layers.Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32"))
    assert numpy(ClassicDropout(0.5)(masked)._keras_mask).tolist() == [[True, False]]


def test_config_and_copies(tmp_path):
    arguments = {"rate": 0.4, "seed": 7, "noise_shape": (None, 1, 3)}
    check_config_is_whole(ClassicDropout(**arguments), arguments)
    check_copies(ClassicDropout(**arguments), normal(4, 2, 3), tmp_path)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"rate": 50}, "Expected a number in [0, 1]. Received: rate=50. It is a share, not a percentage. Did you mean 0.5?"),
        ({"rate": 100.5}, "Invalid `rate`. Expected a number in [0, 1]. Received: rate=100.5."),
        ({"rate": -0.1}, "Received: rate=-0.1."),
        ({"rate": float("nan")}, "Received: rate=nan."),
        ({"rate": True}, "Received: rate=True."),
        ({"rate": "0.5"}, "Received: rate='0.5'."),
        ({"rate": None}, "Received: rate=None."),
        ({"rate": 0.5, "seed": 1.0}, "Invalid `seed`. Expected a whole number of at least 0 and at most 2147483647."),
        ({"rate": 0.5, "seed": -1}, "Received: seed=-1."),
        ({"rate": 0.5, "seed": 2**31}, "Received: seed=2147483648."),
        ({"rate": 0.5, "seed": True}, "Received: seed=True."),
        ({"rate": 0.5, "noise_shape": "no"}, "Invalid `noise_shape`."),
        ({"rate": 0.5, "noise_shape": 3}, "Received: noise_shape=3."),
        ({"rate": 0.5, "noise_shape": (2, 0)}, "Received: noise_shape=(2, 0)."),
        ({"rate": 0.5, "noise_shape": (2, 1.5)}, "Received: noise_shape=(2, 1.5)."),
        ({"rate": 0.5, "noise_shape": (True, 2)}, "Received: noise_shape=(True, 2)."),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        ClassicDropout(**arguments)
