"""The rows that training steps saw, as far as they are needed to describe the data."""

import math
from typing import Any

import keras
import numpy as np

from keras_tips.callbacks.rows import Rows
from keras_tips.probes.data_facts import data_facts

__all__ = ["SeenRows"]

ROWS = 4096  # enough for every figure that the rules use
NOT_DENSE = ("SparseTensor", "RaggedTensor", "IndexedSlices", "BCOO")  # tensors that cannot be cut like arrays
ENTRIES = 1_000_000  # numbers kept, 4 MB in float32; to describe them takes a few times as much for a moment
ENTRIES_OF_A_BATCH = 250_000  # numbers taken to the host from one batch: 1 MB in float32
# Of large rows, such as photographs, so many all the same, as a training holds as many at a time; of very large ones not.
FEWEST, FEWEST_OF_A_BATCH = 32, 4
ENTRIES_OF_FEW, ENTRIES_OF_FEW_OF_A_BATCH = 6_000_000, 1_000_000  # numbers, 24 MB and 4 MB in float32


class SeenRows:
    """Keeps rows of the batches that are shown to it, up to a bound, and describes them.

    Args:
        model: that is trained on them.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> rows = SeenRows(model)
    >>> rows.add((np.array([[0.0, 255.0]]), np.array([1])))
    >>> rows.facts()["inputs"][0]["maximum"]
    255.0
    """

    def __init__(self, model: keras.Model) -> None:
        self._model = model
        self._batches: list[list[np.ndarray | None]] = []
        self._structure: Any = None
        self._entries = 0  # numbers kept
        self.count = 0  # rows kept
        self._searching = False  # for a batch with something that is not finite
        self.closed = False  # after the first epoch: later ones bring the same rows again
        self.batch_size: int | None = None  # rows in the first batch
        self.weighted: bool | None = None  # whether rows have weights that differ; None before the first batch

    @property
    def wanting(self) -> bool:
        """Whether more rows are taken."""
        within = self._entries < ENTRIES or (self.count < FEWEST and self._entries < ENTRIES_OF_FEW)
        return self._searching or (not self.closed and self.count < ROWS and within)

    def search(self) -> bool:
        """Has the next batch taken that holds something that is not finite; returns whether none was taken yet."""
        self._searching = all(_finite(part) for batch in self._batches for part in batch if part is not None)
        return self._searching

    def add(self, batch: Any) -> None:
        """Takes rows of a batch as `train_step` gets it: `(x, y, sample_weight)`, or a part of that."""
        if not self.wanting:
            return
        x, y, weights = keras.utils.unpack_x_y_sample_weight(batch)
        self.weighted = bool(self.weighted) or _differ(weights)
        leaves = keras.tree.flatten((x, y))
        if self._structure is None:
            self._structure = (x, y)
            self.batch_size = next(
                (int(leaf.shape[0]) for leaf in leaves if getattr(leaf, "shape", None) and leaf.shape[0]), None
            )
        elif len(leaves) != len(keras.tree.flatten(self._structure)):
            return
        most = min(map(_most, leaves), default=0)
        taken = [_taken(leaf, most) for leaf in leaves]
        taken.append(_counting(weights, next((len(part) for part in taken if part is not None), 0)))
        if self._searching:
            if all(_finite(part) for part in taken if part is not None):
                return
            self._searching = False
        self._batches.append(taken)
        self._entries += sum(part.size for part in taken if part is not None)
        self.count += max((len(part) for part in taken if part is not None), default=0)

    def facts(self) -> dict[str, Any]:
        """Returns the facts "inputs" and "targets" of all rows kept.

        Empty before the first batch, and where inputs are no plain arrays with rows: a doctor must not break a training
        that Keras can do, so what cannot be described is left to the rules to miss.
        """
        data = self._put_together()
        if data is None:
            return {}
        x, y, _ = data
        return data_facts(_as_list(x), None if _absent(y) else _as_list(y), self._model)

    def inputs(self) -> list[np.ndarray]:
        """Returns the rows kept that have some weight, one array per input.

        Empty where `facts` is, and where they are no numbers.
        """
        data = self._put_together()
        leaves = [] if data is None else [leaf[data[2]] for leaf in keras.tree.flatten(data[0])]
        return leaves if all(leaf.dtype.kind in "biuf" and leaf.size for leaf in leaves) else []

    def rows(self) -> Rows | None:
        """Returns the rows kept, as a model takes them; None before the first batch, and where inputs are no plain arrays."""
        data = self._put_together()
        if data is None:
            return None
        x, y, _ = data
        return Rows(x, None if _absent(y) else y)

    def _put_together(self) -> tuple[Any, Any, np.ndarray] | None:
        """`(x, y)` of all rows kept, as far as they fit together, and which of them have some weight."""
        if not self._batches:
            return None
        shapes = [[_row_shape(part) for part in batch] for batch in self._batches]
        alike = [batch for batch, shape in zip(self._batches, shapes, strict=True) if shape == shapes[-1]]
        leaves = alike[0]
        if len(alike) > 1:
            leaves = [None if parts[0] is None else np.concatenate(parts) for parts in zip(*alike, strict=True)]
            others = [batch for batch, shape in zip(self._batches, shapes, strict=True) if shape != shapes[-1]]
            self._batches = [*others, leaves]  # put together once: it takes as long as to see them
        *leaves, counting = leaves
        x, y = keras.tree.pack_sequence_as(self._structure, leaves)
        if _absent(x) or counting is None or len({len(leaf) for leaf in (*leaves, counting) if leaf is not None}) > 1:
            return None
        return x, y, counting


def _differ(weights: Any) -> bool:
    """Whether some row, of some output, counts more than another."""
    leaves = [leaf for leaf in keras.tree.flatten(weights) if leaf is not None]
    arrays = [np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in leaves]
    return any(bool((array != array.flat[0]).any()) for array in arrays if array.size)


def _counting(weights: Any, rows: int) -> np.ndarray:
    """Which of the first rows of a batch have a weight other than 0, for some output."""
    counting = np.zeros(rows, bool)
    leaves = [leaf for leaf in keras.tree.flatten(weights) if leaf is not None]
    arrays = [np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in leaves]
    known = [
        array[:rows].reshape(rows, -1).any(1) for array in arrays if rows and array.size and array.ndim and len(array) >= rows
    ]
    return counting | np.any(known, axis=0) if known else ~counting


def _finite(part: np.ndarray) -> bool:
    return part.dtype.kind != "f" or bool(np.isfinite(part).all())


def _row_shape(part: np.ndarray | None) -> tuple[int, ...] | None:
    """Texts may be padded to another length in each batch: only batches like the last are put together."""
    return None if part is None else part.shape[1:]


def _absent(data: Any) -> bool:
    """Whether some part is no array."""
    return any(leaf is None for leaf in keras.tree.flatten(data))


def _most(leaf: Any) -> int:
    """How many rows of one array of a batch are taken."""
    shape = tuple(getattr(leaf, "shape", None) or ())
    size = max(1, math.prod(int(size or 1) for size in shape[1:]))
    return max(1, ENTRIES_OF_A_BATCH // size, min(FEWEST_OF_A_BATCH, ENTRIES_OF_FEW_OF_A_BATCH // size))


def _taken(leaf: Any, most: int) -> np.ndarray | None:
    """The first rows of one array of a batch, on the host; None for what is absent or no array."""
    shape = getattr(leaf, "shape", None)
    if not shape or type(leaf).__name__ in NOT_DENSE:
        return None
    leaf = leaf[:most] if shape[0] is None or shape[0] > most else leaf  # a slice of a tensor costs more than its copy
    return np.array(keras.ops.convert_to_numpy(leaf) if keras.ops.is_tensor(leaf) else leaf)


def _as_list(data: Any) -> Any:
    return list(data) if isinstance(data, tuple) else data
