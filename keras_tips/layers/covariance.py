"""Mean and covariance in one pass over batches, in memory for one block of examples and the covariance."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.linalg import blas

from keras_tips.layers.not_finite import not_finite

__all__ = ["Covariance", "covariance"]

BLOCK_BYTES = 2**21  # of examples in float64; larger ones were no faster at 784 features
LEAST_ROWS = 256  # with fewer, moving the covariance through memory costs more than the products


class Covariance(NamedTuple):
    """What `covariance` returns.

    Args:
        examples: how many there were.
        mean: of each feature, shape (features,).
        scatter: sum over the examples of the products of two features, means taken off; (features, features), in Fortran's
            order, of which only the lower triangle is filled. Divided by `examples - 1`, it is the sample covariance.
    """

    examples: int
    mean: np.ndarray
    scatter: np.ndarray


def covariance(batches: Iterator[np.ndarray], features: int) -> Covariance:
    """Returns mean and scatter of the examples, each taken as `features` numbers.

    >>> import numpy as np
    >>> found = covariance(iter([np.array([[1.0, 0.0]]), np.array([[3.0, 4.0]])]), features=2)
    >>> print(found.mean, np.diag(found.scatter))
    [2. 2.] [2. 8.]

    Each block has its own mean taken off, and the difference between that mean and the one before joins the block as one
    more row, so values far from zero lose nothing, nor do data that are sorted. All sums are in float64: in float32 they
    would lose the small directions of strongly correlated features.

    Args:
        batches: arrays of shape (batch, ...), whose examples have `features` numbers each.
        features: how many.

    Raises:
        ValueError: NaN or infinity in the data.

    Reference:
        Tony Chan, Gene Golub, Randall LeVeque: "Algorithms for Computing the Sample Variance: Analysis and
        Recommendations", 1983, https://doi.org/10.1080/00031305.1983.10483115
    """
    count, mean, scatter = 0, np.zeros(features), np.zeros((features, features), order="F")
    for block in _blocks(batches, features):
        examples = block[:-1]
        with np.errstate(over="ignore", invalid="ignore"):  # the next line tells it better
            block_mean = examples.mean(axis=0)
        if not np.all(np.isfinite(block_mean)):
            raise not_finite(examples, count)
        examples -= block_mean
        total = count + len(examples)
        block[-1] = (block_mean - mean) * np.sqrt(count * len(examples) / total)
        mean += (block_mean - mean) * (len(examples) / total)
        scatter = blas.dsyrk(1.0, block.T, beta=1.0, c=scatter, lower=1, overwrite_c=1)  # adds block.T @ block
        count = total
    return Covariance(count, mean, scatter)


def _blocks(batches: Iterator[np.ndarray], features: int) -> Iterator[np.ndarray]:
    """The examples again, in blocks as large as the processor likes them, in float64, with a free row at the end."""
    most = max(LEAST_ROWS, BLOCK_BYTES // (8 * features))
    block, filled = np.empty((most + 1, features)), 0
    for batch in batches:
        examples = batch.reshape(len(batch), features)
        while len(examples):
            taken = min(most - filled, len(examples))
            block[filled : filled + taken] = examples[:taken]
            filled, examples = filled + taken, examples[taken:]
            if filled == most:
                yield block
                filled = 0
    if filled:
        yield block[: filled + 1]
