"""The harness as its user meets it: what it takes, what it returns, what it refuses."""

import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import sick_layers as sick

from keras_tips.testing import LayerCheckError, check_layer
from keras_tips.testing.order import CHECKS

SHAPE = (2, 3, 4)


def all_but(*names):
    return [check for check in CHECKS if check not in names]


def test_names_what_was_passed_and_why_the_rest_was_not_examined():
    report = check_layer(sick.Twice, {}, SHAPE, skip=all_but("config", "seed", "reference"))
    assert report.layer == "Twice"
    assert report.passed == ("config",)
    reasons = dict(report.not_examined)
    assert reasons["seed"] == "there is no argument `seed`"
    assert reasons["reference"] == "no `reference` was given"
    assert reasons["export"] == "skipped"


def test_lists_every_failure_and_keeps_the_tracebacks():
    with pytest.raises(AssertionError) as raised:
        check_layer(sick.WrongShape, {}, SHAPE, supports_masking=False, skip=all_but("output_spec", "mask", "config"))
    error = raised.value
    assert list(error.failures) == ["output_spec", "mask"]
    assert str(error).startswith("WrongShape fails 2 checks.\n- output_spec: compute_output_shape says")
    assert "\n- mask: Expected supports_masking=False." in str(error)
    assert isinstance(error.__cause__, ExceptionGroup)
    assert [type(each).__name__ for each in error.__cause__.exceptions] == ["Defect", "Defect"]


def test_a_layer_that_cannot_be_called_is_one_failure():
    with pytest.raises(LayerCheckError, match=r"'fator': 1\.0") as raised:
        check_layer(sick.Twice, {"fator": 1.0}, SHAPE)
    assert list(raised.value.failures) == ["call"]


def test_the_exception_of_a_layer_is_told_without_colours():
    with pytest.raises(LayerCheckError) as raised:
        check_layer(sick.Refuses, {}, SHAPE)
    assert raised.value.failures["call"].startswith("Expected no exception. Received ValueError: Exception encountered")
    assert "not today" in raised.value.failures["call"]
    assert "\x1b" in str(raised.value.__cause__)
    assert "\x1b" not in str(raised.value)


def test_the_reference_gets_the_layer_and_inputs_of_both_signs():
    seen = {}

    def reference(layer, x):
        seen["layer"], seen["x"] = layer, x
        return x * layer.factor

    assert check_layer(sick.Twice, {"factor": 3.0}, SHAPE, reference=reference, skip=all_but("reference")).passed == (
        "reference",
    )
    assert isinstance(seen["layer"], sick.Twice)
    assert isinstance(seen["x"], np.ndarray)
    assert (seen["x"] < 0).any()
    assert (seen["x"] > 0).any()


def test_a_reference_for_a_layer_with_weights_may_read_them():
    def reference(layer, x):
        kernel, bias = layer.get_weights()
        return x @ kernel + bias

    assert "reference" in check_layer(keras.layers.Dense, {"units": 3}, (2, 4), reference=reference).passed


def test_weights_are_moved_off_their_first_values():
    """A bias of zeros that gets lost would not show."""
    biases = []

    def reference(layer, x):
        biases.append(layer.get_weights()[1])
        return layer(x)

    check_layer(keras.layers.Dense, {"units": 3}, (2, 4), reference=reference, skip=all_but("reference"))
    assert np.all(biases[0] != 0)


def test_several_inputs_by_position_and_by_name():
    report = check_layer(keras.layers.Add, {}, [(2, 3), (2, 3)], reference=lambda layer, x: x[0] + x[1])
    assert "reference" in report.passed
    shapes = {"query_shape": (2, 3, 4), "value_shape": (2, 5, 4)}
    report = check_layer(
        keras.layers.MultiHeadAttention,
        {"num_heads": 1, "key_dim": 2},
        shapes,
        expected_output_shape=(2, 3, 4),
        skip=all_but("output_spec", "models", "batch_size"),
    )
    assert report.passed == ("output_spec", "models", "batch_size")


def test_whole_numbers_and_arguments_of_the_call():
    words = np.array([[1, 2], [3, 4]])
    table = check_layer(
        keras.layers.Embedding,
        {"input_dim": 5, "output_dim": 2},
        inputs=words,
        reference=lambda layer, x: layer.get_weights()[0][x],
    )
    assert {"reference", "gradient", "keras_harness"} <= set(table.passed)
    doubled = check_layer(keras.layers.Dropout, {"rate": 0.5}, (2, 3), call_kwargs={"training": True}, skip=["mask"])
    assert dict(doubled.not_examined)["gradient"].startswith("the layer returns something else on each call")


def test_a_layer_that_adapts_learns_from_the_inputs_first():
    x = np.array([[1.0], [3.0]])
    report = check_layer(keras.layers.Normalization, {}, inputs=x, reference=lambda layer, x: x - 2.0, skip=["clone"])
    assert {"reference", "keras_file", "weights_file", "batch_size"} <= set(report.passed)


def test_a_function_may_make_the_layer():
    def thrice(**kwargs):
        return sick.Twice(factor=3.0, **kwargs)

    report = check_layer(thrice, {}, SHAPE, reference=lambda layer, x: 3.0 * x)
    assert report.layer == "thrice"


def test_leaves_the_state_of_the_program_alone():
    filtering, policy = keras.config.is_traceback_filtering_enabled(), keras.config.dtype_policy().name
    drawn = np.random.get_state()[1].tolist()
    check_layer(sick.Twice, {}, SHAPE)
    assert keras.config.is_traceback_filtering_enabled() is filtering
    assert keras.config.dtype_policy().name == policy
    assert np.random.get_state()[1].tolist() == drawn


def test_the_import_takes_no_test_framework():
    code = "import keras_tips.testing.check_layer, sys; print('pytest' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"skip": ["gradeint"]}, "Received: skip='gradeint'. Did you mean 'gradient'?"),
        ({"skip": "gradient"}, "Invalid `skip`. Expected a list of names of checks. Received: skip='gradient'."),
        ({"skip": None}, "Received: skip=None."),
        (
            {"init_kwargs": [3]},
            "Invalid `init_kwargs`. Expected a mapping of argument names to values. Received: init_kwargs=[3].",
        ),
        ({"call_kwargs": "training"}, "Received: call_kwargs='training'."),
        ({"layer_class": sick.Twice()}, "Invalid `layer_class`. Expected a class of layers."),
        ({"layer_class": "Twice"}, "Received: layer_class='Twice'."),
        ({"reference": 3.0}, "Expected a function of layer and inputs, or None. Received: reference=3.0."),
        (
            {"supports_masking": "yes"},
            "Expected True, False or None. Received: supports_masking='yes'.",
        ),
        (
            {"input_shape": None},
            "Expected the shape of a batch, such as (2, 3). Received: input_shape=None.",
        ),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        check_layer(**{"layer_class": sick.Twice, "input_shape": SHAPE, **arguments})
