"""Data without NaN and infinity."""

import numpy as np

from keras_tips._base.arguments import invalid

__all__ = ["not_finite"]


def not_finite(batch: np.ndarray, before: int) -> ValueError:
    """Returns the error for a batch that holds NaN or infinity: it says where the first one is.

    >>> import numpy as np
    >>> print(not_finite(np.array([[0.0, np.inf]]), before=7))
    Invalid `data`. Expected finite numbers. Received: data=inf. It is in example 7, column 1. Repair or remove such examples.

    Args:
        batch: the batch, of shape `(batch, ...)`.
        before: number of examples in the batches before it.
    """
    example, *place = (int(index) for index in np.argwhere(~np.isfinite(batch))[0])
    column = ", ".join(map(str, place))
    where = f"example {before + example}" + (f", column {column}" if place else "")
    value = float(batch[(example, *place)])
    return invalid("data", "finite numbers", value, f"It is in {where}. Repair or remove such examples.")
