"""A penalty on the way of weights from where they should be."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips._base.arguments import check_number
from keras_tips.regularizers.stored_reference import read_reference, store_reference
from keras_tips.regularizers.sum_of_powers import sum_of_powers

__all__ = ["TowardReference"]


@keras.saving.register_keras_serializable(package="keras_tips")
class TowardReference(keras.regularizers.Regularizer):
    """Penalty `strength * sum(|w - reference| ** p)`: weights stay near `reference` rather than near 0.

    Its pull on a weight is `strength * p * |w - reference| ** (p - 1)` towards the reference; at the reference it is 0 for
    every `p`. With `p=2` and the weights of a pretrained model as reference this is L2-SP: fine-tuning keeps what was
    learned before unless the new examples speak against it. (The paper writes alpha / 2 where `strength` stands.) With
    `p=1` most weights stay at the reference exactly, and few leave it.

    `apply_to_kernels(model, lambda kernel: TowardReference(kernel, 0.01))` holds a whole model to the weights it has now.

    The reference is copied, so later changes of the weights do not move it. It is stored in the config, hence in `.keras`
    files, exactly: as the bytes of the array in base64, which is 4/3 of their number. A file with a reference for each
    kernel is a little more than twice as large as one without.

    Args:
        reference: a number for all weights, or an array of the weights' shape: a NumPy array, a nested list, a tensor or a
            variable. Only a number is broadcast.
        strength: factor of the penalty, at least 0.
        p: the exponent, at least 1.

    Raises:
        ValueError: an argument is no such number or array; when called, the weights do not have the reference's shape.

    Example:

    >>> import keras
    >>> from keras_tips.regularizers import TowardReference
    >>> regularizer = TowardReference(reference=[1.0, 2.0], strength=0.5)
    >>> float(regularizer(keras.ops.array([4.0, 2.0])))  # 0.5 * (3 ** 2 + 0 ** 2)
    4.5

    Reference:
        Xuhong Li, Yves Grandvalet, Franck Davoine: "Explicit Inductive Bias for Transfer Learning with Convolutional
        Networks", 2018, https://arxiv.org/abs/1802.01483
    """

    def __init__(self, reference: Any, strength: float, p: float = 2.0) -> None:
        self.reference: float | np.ndarray = read_reference("reference", reference)
        self.strength = check_number("strength", strength, 0.0)
        self.p = check_number("p", p, 1.0)
        # Made here, where nothing is traced: TensorFlow's compiled step then takes it as an input, and holds no copy of its
        # own. JAX makes it a constant all the same: it has no way to hand a regularizer anything but the weights.
        self._on_device = ops.convert_to_tensor(self.reference) if isinstance(self.reference, np.ndarray) else self.reference

    def __call__(self, x: Any) -> Any:
        """Returns the penalty on `x`, a number of its dtype."""
        x = ops.convert_to_tensor(x)
        reference = self._on_device
        if isinstance(self.reference, np.ndarray):
            if tuple(x.shape) != self.reference.shape:
                raise ValueError(
                    f"Invalid `reference`. Expected the shape of the weights, {tuple(x.shape)}. "
                    f"Received: a reference of shape {self.reference.shape}. "
                    "Give each kernel a reference of its own, for instance by apply_to_kernels."
                )
            reference = ops.cast(reference, x.dtype)
        return self.strength * sum_of_powers(ops.subtract(x, reference), self.p)

    def get_config(self) -> dict[str, Any]:
        """Returns all arguments as plain values; an array as a mapping with `dtype`, `shape` and `base64`."""
        return {"reference": store_reference(self.reference), "strength": self.strength, "p": self.p}
