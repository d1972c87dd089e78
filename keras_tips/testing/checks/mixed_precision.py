"""The layer in half precision."""

import warnings

import keras
import numpy as np

from keras_tips.testing.arrays import difference, is_float, to_numpy
from keras_tips.testing.defect import Defect
from keras_tips.testing.masked import called_with_mask, can_be_masked, some_steps
from keras_tips.testing.subject import Subject

__all__ = ["mixed_bfloat16", "mixed_float16"]

# One rounding is 2 ** -11 of a float16 and 2 ** -8 of a bfloat16; sums, products and exponentials make tens of them.
NEAR = {"mixed_float16": 2e-2, "mixed_bfloat16": 1e-1}


def mixed_float16(subject: Subject) -> None:
    """Under the policy "mixed_float16": the promised dtype, finite values near those of float32, weights in float32."""
    _mixed(subject, "mixed_float16")


def mixed_bfloat16(subject: Subject) -> None:
    """Under the policy "mixed_bfloat16": the promised dtype, finite values near those of float32, weights in float32."""
    _mixed(subject, "mixed_bfloat16")


def _mixed(subject: Subject, policy: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=RuntimeWarning)  # NumPy's about overflow: the outputs are looked at below
        _examine(subject, policy)


def _examine(subject: Subject, policy: str) -> None:
    if not subject.takes("dtype"):
        raise Defect("Expected an argument `dtype`. The constructor takes none. Hand **kwargs on to keras.layers.Layer.")
    layer = subject.twin(dtype=policy)
    tensors = keras.tree.flatten(subject.apply(layer, subject.tensors()))
    symbols = keras.tree.flatten(subject.apply(layer, subject.symbolic()))
    for symbol, tensor in zip(symbols, tensors, strict=True):
        told, found = (keras.backend.standardize_dtype(each.dtype) for each in (symbol, tensor))
        if told != found:
            cure = "Cast to self.compute_dtype."
            raise Defect(f"Expected outputs of {told}, as the symbolic call says. Received {found}. {cure}")
    for weight in layer.weights:
        if is_float(weight) and weight.dtype != "float32":
            cure = "Leave `dtype` out of add_weight."
            raise Defect(f"Expected weights of float32. Received {weight.name} of {weight.dtype}. {cure}")
    _near(subject, layer, policy)


def _near(subject: Subject, layer: keras.layers.Layer, policy: str) -> None:
    outputs = [array.astype("float32") if is_float(array) else array for array in subject.call(layer)]
    seen = list(outputs)
    if can_be_masked(subject):  # a large number that stands for minus infinity is often behind a mask
        seen += to_numpy(called_with_mask(subject, layer, subject.inputs, some_steps(subject.inputs))[0])
    if not all(np.all(np.isfinite(array.astype("float32"))) for array in seen if is_float(array)):
        cure = f"Numbers beyond {'65504' if policy == 'mixed_float16' else '3e38'} overflow; compute them in float32."
        raise Defect(f"Expected finite outputs. Received NaN or infinity. {cure}")
    if subject.repeatable and all(map(is_float, outputs)):
        words = difference(outputs, subject.outputs, NEAR[policy])
        if words is not None:
            raise Defect(f"Expected outputs near those of float32. Received {words}. Compute what loses digits in float32.")
