"""Anything that holds training inputs, as batches of NumPy arrays."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np

from keras_tips._base.arguments import check_integer, invalid

__all__ = ["batches_of"]

SLICE_BYTES = 2**20  # of an array that is read in slices; small against a model, large against the cost of a slice
INFINITE = -1  # what `tf.data.Dataset.cardinality` says of a dataset that repeats for ever
NOT_NUMBERS = "OSUVMmc"  # NumPy's kinds: objects, texts, raw bytes, dates, complex numbers


def batches_of(data: Any, steps: int | None = None) -> Iterator[np.ndarray]:
    """Yields the inputs in `data` batch by batch, each of shape `(batch, ...)`, and reads them once.

    >>> import numpy as np
    >>> [batch.shape for batch in batches_of([np.zeros((4, 3)), np.zeros((2, 3))])]
    [(4, 3), (2, 3)]

    An array, of NumPy or a backend, a memory map, an h5py data set, a pandas table or nested lists of numbers: examples
    stand along the first axis, and slices of a megabyte are read one by one. All else must give batches, as `fit` needs
    them: a `tf.data.Dataset`, a `keras.utils.PyDataset`, a PyTorch `DataLoader`, a generator, a list of arrays. Where a
    batch is `(x, y)` or `(x, y, weights)`, x is taken. Batches without examples are left out.

    Args:
        data: the inputs, or batches of them.
        steps: how many batches to read; None reads all. Not with an array.

    Raises:
        ValueError: `data` is nothing of the above, is infinite while `steps` is None, or holds no example; a batch holds no
            numbers; shapes of two batches have different ranks; `steps` is no whole number of at least 1.
    """
    if steps is not None:
        steps = check_integer("steps", steps, 1)
    if hasattr(data, "to_numpy"):  # a pandas table; iterated, it gives the names of its columns
        data = data.to_numpy()
    if isinstance(data, (list, tuple)) and _is_numbers(data):
        data = _plain(data)
    if hasattr(data, "shape") and hasattr(data, "__getitem__"):
        if steps is not None:
            raise invalid("steps", "None with an array, which has no batches", steps, "Give a part of the array.")
        return _checked(_slices(data))
    return _checked(islice(_given(data, steps), steps))


def _is_numbers(data: Any) -> bool:
    """Whether a list is one of numbers or of such lists, rather than of batches."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (int, float))


def _slices(array: Any) -> Iterator[Any]:
    """Slices of about `SLICE_BYTES`, so that what is converted or moved to the host is small."""
    shape = tuple(array.shape)
    if not shape or None in shape:
        raise invalid("data", "an array of shape (examples, ...)", shape, "Ragged and single values have no columns.")
    itemsize = getattr(getattr(array, "dtype", None), "itemsize", 8)
    rows = max(1, SLICE_BYTES // max(1, itemsize * int(np.prod(shape[1:], dtype="int64"))))
    for start in range(0, shape[0], rows):
        yield array[start : start + rows]


def _given(data: Any, steps: int | None) -> Iterable[Any]:
    """The batches of something that has batches."""
    if isinstance(data, keras.utils.PyDataset):
        number = data.num_batches
        number = steps if number is None else number
        if number is None:
            raise _endless(data)
        return (data[index] for index in range(number))
    if not hasattr(data, "__iter__") or isinstance(data, (str, bytes, dict)):
        expected = "an array, a data set, a generator or a list of batches"
        raise invalid("data", expected, data, "Give the inputs that `fit` gets.")
    if steps is None and hasattr(data, "cardinality") and int(data.cardinality()) == INFINITE:
        raise _endless(data)
    return data


def _endless(data: Any) -> ValueError:
    return invalid("data", "batches that end", data, "Say how many to read: adapt(data, steps=...).")


def _checked(batches: Iterable[Any]) -> Iterator[np.ndarray]:
    rank = None
    for batch in batches:
        array = _array(_inputs(batch))
        if rank not in (None, array.ndim):
            raise invalid("data", f"batches of {rank} axes, as the first", array.shape)
        rank = array.ndim
        if len(array):
            yield array


def _inputs(batch: Any) -> Any:
    """What of a batch is x: a data set or a generator gives a tuple, a PyTorch `DataLoader` a list."""
    if isinstance(batch, tuple) or (isinstance(batch, list) and batch and hasattr(batch[0], "shape")):
        return batch[0] if batch else batch
    return batch


def _array(batch: Any) -> np.ndarray:
    array = keras.ops.convert_to_numpy(batch) if keras.ops.is_tensor(batch) else _plain(batch)
    named = array.dtype.name.startswith(("bfloat", "float8"))  # small floats of other packages; to NumPy, raw bytes
    if array.dtype.kind in NOT_NUMBERS and not named:
        received = f"{type(batch).__name__} of {array.dtype.name}"
        raise invalid("data", "batches of real numbers", received, "A dict has several inputs: adapt a layer to each.")
    if array.ndim == 0:
        raise invalid("data", "batches of shape (batch, ...)", batch, "Batch the examples: dataset.batch(...).")
    return array.astype("float32") if named else array


def _plain(batch: Any) -> np.ndarray:
    try:
        return np.asarray(batch)
    except ValueError as error:  # rows of different lengths
        raise invalid("data", "batches of equal rows", type(batch).__name__, "Ragged data have no columns.") from error
