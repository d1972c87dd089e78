"""Models may be made aside: what Keras counts for a whole program is afterwards as if none had been made."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras.src.backend.common import global_state  # no public call tells what is counted

__all__ = ["keras_names_kept"]

NAMES = "object_name_uids"  # name -> how many objects have it: "dense_3" is the fourth
SEEDS = "global_seed_generator"  # of random operations that are given no seed


@contextmanager
def keras_names_kept() -> Iterator[None]:
    """Within it, layers and random operations may be made; later ones get the names and numbers that they would have got.

    >>> with keras_names_kept():
    ...     aside = keras.layers.Dense(1)
    >>> keras.layers.Dense(1).name == aside.name
    True
    """
    names, seeds = global_state.get_global_attribute(NAMES), global_state.get_global_attribute(SEEDS)
    counted = None if names is None else names.copy()
    state = None if seeds is None else keras.ops.convert_to_numpy(seeds.state.value).copy()
    try:
        yield
    finally:
        global_state.set_global_attribute(NAMES, counted)
        global_state.set_global_attribute(SEEDS, seeds)
        if seeds is not None:
            seeds.state.assign(state)
