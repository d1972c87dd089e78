"""Random numbers are drawn aside: those of the program are afterwards as if nothing had happened."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import keras
import numpy as np

__all__ = ["random_states_kept"]

OTHER_SEED = 20141  # of draws within; any number that is no seed of the training's own


@contextmanager
def random_states_kept() -> Iterator[None]:
    """Within it, draws change no random state of Python, NumPy, PyTorch and eager TensorFlow, after an exception neither.

    Keras keeps states of its own in variables, which are not looked at here.

    >>> random.seed(3)
    >>> with random_states_kept():
    ...     _ = random.random()
    >>> drawn = random.random()
    >>> random.seed(3)
    >>> drawn == random.random()
    True
    """
    with ExitStack() as stack:
        stack.enter_context(_python_and_numpy())
        if keras.backend.backend() == "torch":
            import torch

            stack.enter_context(torch.random.fork_rng())
        if keras.backend.backend() == "tensorflow":
            stack.enter_context(_eager_tensorflow())
        yield


@contextmanager
def _python_and_numpy() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


@contextmanager
def _eager_tensorflow() -> Iterator[None]:
    """Eager operations such as `tf.nn.dropout` take seeds from one generator, and each seed has a counter of its own.

    So another generator is lent: its seeds are not those of the training, whose counters thus stay.
    """
    from tensorflow.python.eager import context

    eager = context.context()
    kept = getattr(eager, "_rng", None)  # None where the program set no seed: then nothing can be repeated anyway
    if kept is None:
        yield
        return
    eager._rng = random.Random(OTHER_SEED)
    try:
        yield
    finally:
        eager._rng = kept
