"""Each planted defect is found, by the check that is meant for it."""

import keras
import pytest
import sick_layers as sick

from keras_tips.testing import LayerCheckError, check_layer
from keras_tips.testing.order import CHECKS

pytestmark = pytest.mark.backend

SHAPE = (2, 3, 4)
IMAGES = (2, 3, 4, 5)

# layer, arguments of check_layer, the check that has to find it, a part of what it has to say
DEFECTS = [
    (sick.ForgetsItsFactor, {"init_kwargs": {"factor": 3.0}}, "config", "Missing: `factor`"),
    (sick.ChangesItsFactor, {"init_kwargs": {"factor": 3.0}}, "config", "`factor` is 3.0 (given: factor=3.0), but 1.5 after"),
    (sick.ForgetsItsName, {}, "config", "Missing: `name`, `trainable`, `dtype`"),
    (sick.ForgetsAFlag, {}, "config", "`negate` is True (given: negate=True), but False after"),
    (sick.ForgetsARegularizer, {}, "config", "`kernel_regularizer` is {'class': 'L1'"),
    (sick.NotRegistered, {}, "keras_file", "NotRegistered"),
    (sick.WrongForNegativeInputs, {"reference": lambda layer, x: 2 * x}, "reference", "0 instead of -"),
    (sick.RootOfNegativeInputs, {}, "finite", "that are NaN or infinite"),
    (sick.InfiniteInTraining, {}, "finite", "in training"),
    (sick.StopsTheGradient, {}, "gradient", "the derivative of the inputs"),
    (sick.StopsTheGradientInTraining, {}, "gradient", "the inputs in training"),
    (sick.WrongGradient, {}, "gradient", "the derivative of the inputs"),
    (sick.StopsTheGradientOfAWeight, {}, "gradient", "the derivative of the weight 'scale'"),
    (sick.WrongShape, {}, "output_spec", "shape (None, 3, 1), the outputs have shape (2, 3, 4)"),
    (sick.WrongDtype, {}, "output_spec", "says dtype int32, the outputs have float32"),
    (sick.Twice, {"expected_output_shape": (2, 3, 5)}, "output_spec", "`expected_output_shape` says shape (2, 3, 5)"),
    (sick.FreezesTheBatch, {}, "batch_size", ""),
    (sick.MixesExamples, {}, "batch_size", "when called on 1 examples, after it was built on 2"),
    (sick.LosesTheMask, {}, "mask", "A masked step changes the outputs"),
    (sick.IgnoresTheMask, {}, "mask", "Use the argument `mask`"),
    (sick.MaskOfAnotherShape, {}, "mask", "Expected a mask of shape (2, 3). Received (2, 1)"),
    (sick.Twice, {"supports_masking": False}, "mask", "Expected supports_masking=False. Received True"),
    (sick.LargeNumberForMasked, {}, "mixed_float16", "65504"),
    (sick.OverflowsInHalfPrecision, {}, "mixed_float16", "Received NaN or infinity"),
    (sick.StaysInSinglePrecision, {}, "mixed_float16", "Expected outputs of float16, as the symbolic call says"),
    (sick.StaysInSinglePrecision, {}, "mixed_bfloat16", "Expected outputs of bfloat16"),
    (sick.HalfPrecisionWeights, {}, "mixed_bfloat16", "Received scale of bfloat16"),
    (sick.CountsInPython, {}, "keras_file", "instead of"),
    (sick.CountsInPython, {}, "weights_file", "Keep the state in weights"),
    (sick.CountsInPython, {}, "copies", "a deep copy made before the layer was built"),
    (sick.SharesItsWeights, {}, "copies", ""),
    (sick.NeedsNumbersToBuild, {}, "models", "Expected no exception"),
    (sick.DependsOnHowItWasBuilt, {}, "models", "inside a functional model"),
    (sick.GrowsAnAttribute, {}, "keras_harness", "AssertionError"),
    (sick.DrawsATable, {}, "clone", "instead of"),
    (sick.SharesItsWeights, {}, "clone", "with weights of its own"),
    (sick.CannotBeCopied, {}, "copies", "TypeError: cannot copy this layer"),
    (sick.HidesAWeight, {}, "weights_file", "Keep the state in weights"),
    (sick.IgnoresItsSeed, {}, "seed", "Expected the same outputs of two layers with seed=11"),
    (sick.OneSeedForAll, {}, "seed", "Hand `seed` on"),
    (sick.ForgetsTheFormat, {"input_shape": IMAGES}, "channels_first", "also with channels_first"),
    (
        sick.ForgetsTheFormatOfItsWeights,
        {"input_shape": IMAGES},
        "channels_first",
        "Received scale of shape (4, 2), beside (5, 2)",
    ),
]


def failures_of(layer_class, arguments):
    with pytest.raises(LayerCheckError) as raised:
        check_layer(layer_class, **{"input_shape": SHAPE, **arguments})
    return raised.value


@pytest.mark.parametrize("layer_class, arguments, check, sentence", DEFECTS, ids=lambda value: getattr(value, "__name__", ""))
def test_finds(layer_class, arguments, check, sentence):
    others = [name for name in CHECKS if name != check]
    error = failures_of(layer_class, {"skip": others, **arguments})
    assert list(error.failures) == [check]
    assert sentence in error.failures[check]


def test_finds_numpy_inside_of_call():
    error = failures_of(sick.NumPyInCall, {})
    assert {"gradient", "export"} <= set(error.failures)
    assert keras.backend.backend() == "torch" or "jit" in error.failures  # PyTorch's compiler takes NumPy along


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="only PyTorch adds in place")
def test_finds_inputs_that_were_changed():
    error = failures_of(sick.AddsInPlace, {})
    assert "Write `x = x + y`, not `x += y`" in error.failures["inputs_unchanged"]


def test_the_healthy_one_passes():
    report = check_layer(sick.Twice, {"factor": 3.0}, SHAPE, reference=lambda layer, x: 3.0 * x)
    assert set(report.passed) == set(CHECKS) - {"channels_first", "seed"}
