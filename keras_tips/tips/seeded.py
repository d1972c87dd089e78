"""One seed for a stretch of code, without leaving the caller's random numbers changed."""

import contextlib
import random
from collections.abc import Iterator

import keras
import numpy as np

__all__ = ["seeded"]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seeds everything that Keras draws from, and puts Python's and NumPy's generators back at the end.

    Inside, `keras.utils.set_random_seed(seed)` holds. The backend's own generator and Keras's stay seeded afterwards, since
    they have no state that could be put back on all backends.

    Args:
        seed: from 0 to 2**32 - 1.
    """
    python, numpy = random.getstate(), np.random.get_state()
    try:
        keras.utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
