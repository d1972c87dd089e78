"""All that a layer has learned or drawn so far, handed on to a layer of the same kind."""

import tempfile
from typing import Any

from keras import ops

__all__ = ["copy_state"]


def copy_state(old: Any, new: Any) -> None:
    """Gives `new` the weights, the states of random numbers, and what `adapt` found, of `old`.

    >>> import keras
    >>> old, new = keras.layers.Dense(2), keras.layers.Dense(2)
    >>> for layer in (old, new):
    ...     layer.build((None, 3))
    >>> copy_state(old, new)
    >>> bool((keras.ops.convert_to_numpy(old.kernel) == keras.ops.convert_to_numpy(new.kernel)).all())
    True

    Args:
        old: a built layer.
        new: a built layer with the same variables in the same order.

    Raises:
        ValueError: the two do not have as many variables.
    """
    if hasattr(old, "save_assets"):  # vocabularies, which are no variables
        with tempfile.TemporaryDirectory() as folder:
            old.save_assets(folder)
            new.load_assets(folder)
    for mine, theirs in zip(new.variables, old.variables, strict=True):
        mine.assign(ops.copy(theirs.value))  # JAX would share the array, and training with one would delete the other's
    if hasattr(new, "finalize_state"):  # what preprocessing layers work out of their variables
        new.finalize_state()
