"""The L2 norm, safe where squares would overflow or vanish."""

from typing import Any

from keras import ops

__all__ = ["norm"]


def norm(tensor: Any) -> Any:
    """Returns sqrt(sum of squares) as a float32 scalar; float64 tensors are summed in float64.

    Vanishing gradients are the point of measuring, and the square of 1e-25 is 0 in float32. So the tensor is divided by
    its largest entry first, as BLAS's `nrm2` does (Charles L. Lawson and others, "Basic Linear Algebra Subprograms for
    Fortran Usage", 1979). NaN and infinity come through.
    """
    tensor = ops.convert_to_tensor(tensor)
    if "float64" not in str(tensor.dtype):
        tensor = ops.cast(tensor, "float32")
    largest = ops.max(ops.abs(tensor)) if 0 not in tensor.shape else ops.zeros(())
    usable = ops.logical_and(ops.isfinite(largest), largest > 0)
    scale = ops.where(usable, largest, ops.ones_like(largest))
    return ops.cast(scale * ops.sqrt(ops.sum(ops.square(tensor / scale))), "float32")
