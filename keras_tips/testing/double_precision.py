"""Sixteen digits on every backend."""

import contextlib
from typing import Any

import keras

__all__ = ["double_precision"]


def double_precision() -> contextlib.AbstractContextManager[Any]:
    """Returns a context in which the backend has float64: JAX cuts it to float32 unless it is told otherwise."""
    if keras.backend.backend() != "jax":
        return contextlib.nullcontext()
    import jax

    return jax.enable_x64(True)
