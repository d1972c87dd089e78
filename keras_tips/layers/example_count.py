"""How many examples a layer has seen, and whether anyone has ever said so."""

from typing import Any

import keras

__all__ = ["ExampleCount"]


class ExampleCount(keras.Variable):
    """A whole number that is saved with a layer and that remembers being assigned.

    Inside of a function that JAX compiles, the value of a variable is a placeholder: whether it is 0 cannot be asked.
    Whether somebody has assigned it can: by `adapt`, from a file, or by `set_weights`.

    >>> count = ExampleCount()
    >>> count.assigned
    False
    >>> _ = count.assign(7)
    >>> count.assigned, count.positive()
    (True, True)
    """

    assigned = False

    def __init__(self, name: str = "count") -> None:
        # By an initializer rather than by 0: so it can be created while Keras works out shapes, as other weights can.
        super().__init__("zeros", (), dtype="int32", trainable=False, autocast=False, name=name)

    def assign(self, value: Any) -> Any:
        """Sets the value."""
        self.assigned = True
        return super().assign(value)

    def positive(self) -> bool:
        """Returns whether examples have been seen; on JAX, where a compiled function may ask, whether it was assigned."""
        if keras.backend.backend() == "jax":
            return self.assigned
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            with tf.init_scope():  # out of the graph that may be under construction, in which there is no value
                return int(self.numpy()) > 0
        return int(keras.ops.convert_to_numpy(self.value)) > 0
