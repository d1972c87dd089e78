"""Stands where a layer keeps one regularizer for several kernels that have different ones."""

from typing import Any, NoReturn

import keras

__all__ = ["Unstorable"]


class Unstorable(keras.regularizers.Regularizer):
    """Takes the place of a regularizer that a config cannot hold, and says so when a config is asked for.

    `keras.layers.MultiHeadAttention` has one `kernel_regularizer` for all its projections. Where each has its own, such as
    a reference of its own, training works, since each kernel carries its regularizer. A file would lose them.

    Args:
        layer: name of the layer.
        attribute: name of its attribute.
    """

    def __init__(self, layer: str, attribute: str) -> None:
        self.layer = layer
        self.attribute = attribute

    def __call__(self, x: Any) -> NoReturn:
        """Raises: it belongs to no kernel."""
        raise self._error("used for a further kernel")

    def get_config(self) -> NoReturn:
        """Raises: there is nothing that a config could hold."""
        raise self._error("stored or copied")

    def _error(self, action: str) -> ValueError:
        return ValueError(
            f"The regularizers of layer {self.layer!r} cannot be {action}: it keeps one `{self.attribute}` for several "
            "kernels, and theirs differ. Take them off with apply_to_kernels(model, None) before, and set them again "
            "afterwards, or save the weights alone with save_weights."
        )
