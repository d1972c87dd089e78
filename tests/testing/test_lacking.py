"""What a backend cannot do is told apart from what a layer does wrong."""

import keras
import pytest

from keras_tips.testing import check_layer
from keras_tips.testing.lacking import SENTENCES, lacking

pytestmark = pytest.mark.backend


def test_the_sentences_of_this_backend_are_known():
    for sentence in SENTENCES.get(keras.backend.backend(), ()):
        assert "lacks an operation" in lacking(RuntimeError(f"Op: {sentence} here"))
    assert lacking(RuntimeError("the shapes do not fit")) is None


def test_the_sentences_of_other_backends_are_not():
    others = [each for backend, sentences in SENTENCES.items() if backend != keras.backend.backend() for each in sentences]
    assert [each for each in others if lacking(RuntimeError(each))] == []


def test_a_lack_is_not_a_failure():
    report = check_layer(keras.layers.AveragePooling3D, {"pool_size": 2}, (2, 2, 2, 2, 3))
    lacks = {check for check, reason in report.not_examined if "lacks an operation" in reason}
    assert (
        lacks
        == {"tensorflow": {"gradient", "mixed_float16"}, "jax": set(), "torch": {"mixed_float16", "mixed_bfloat16"}}[
            keras.backend.backend()
        ]
    )
    assert "keras_harness" in report.passed
