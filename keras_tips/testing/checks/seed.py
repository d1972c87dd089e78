"""The argument `seed` decides what is random."""

import numpy as np

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["seed"]

ONE, OTHER = 11, 12
CALLS = 3


def seed(subject: Subject) -> None:
    """Two layers of one seed return the same, call by call; layers of two seeds do not."""
    if not subject.names("seed"):
        raise NotExamined("there is no argument `seed`")
    first, again, other = (_calls(subject, number) for number in (ONE, ONE, OTHER))
    words = difference(again, first)
    if words is not None:
        cure = "Draw all random numbers from one keras.random.SeedGenerator(seed) of the layer."
        raise Defect(f"Expected the same outputs of two layers with seed={ONE}. Received {words}. {cure}")
    each = len(first) // CALLS
    if difference(first[:each], first[-each:]) is None:
        raise NotExamined("with these arguments nothing is random")
    if difference(other, first) is None:
        cure = "Hand `seed` on to the keras.random.SeedGenerator that the layer draws from."
        raise Defect(f"Expected other outputs with seed={OTHER} than with seed={ONE}. Received the same. {cure}")


def _calls(subject: Subject, number: int) -> list[np.ndarray]:
    """What a layer with this seed returns, several times over, in training where it tells that from inference."""
    layer = subject.twin(seed=number)
    return [array for _ in range(CALLS) for array in subject.call(layer, training=True)]
