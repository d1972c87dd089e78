"""Kernels whose units look in directions at right angles to each other."""

import math

import numpy as np

__all__ = ["orthonormal"]


def orthonormal(shape: tuple[int, ...], seed: int, equation: str | None = None) -> np.ndarray:
    """Returns a random float32 kernel which, written as a matrix (inputs, outputs), has orthonormal columns, or rows.

    Columns where there are no more outputs than inputs, rows elsewhere.

    >>> kernel = orthonormal((3, 2), seed=0)
    >>> print((kernel.T @ kernel).round(3) + 0.0)
    [[1. 0.]
     [0. 1.]]

    Args:
        shape: shape of the kernel. Its last axis are the outputs, and all others inputs.
        seed: a whole number, at least 0. It gives the same kernel on every backend.
        equation: for the kernel of a `keras.layers.EinsumDense`, its equation, which tells inputs and outputs apart.

    Reference:
        Andrew Saxe, James McClelland, Surya Ganguli: "Exact solutions to the nonlinear dynamics of learning in deep linear
        neural networks", 2013, https://arxiv.org/abs/1312.6120
    """
    inputs = _input_axes(equation) if equation else list(range(len(shape) - 1))
    order = [*inputs, *(axis for axis in range(len(shape)) if axis not in inputs)]  # inputs first
    rows = math.prod(shape[axis] for axis in inputs)
    columns = math.prod(shape) // rows
    # By NumPy: the same on every backend, and no backend has to compile it for each shape.
    normal = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diagonal(r))  # the decomposition fixes signs; this makes every direction as likely as its opposite
    matrix = q if rows >= columns else q.T
    return matrix.reshape([shape[axis] for axis in order]).transpose(np.argsort(order)).astype("float32")


def _input_axes(equation: str) -> list[int]:
    """Axes of the kernel that are summed over: those whose letters do not come out again."""
    operands, outputs = equation.replace(" ", "").split("->")
    kernel = operands.split(",")[1]
    return [axis for axis, letter in enumerate(kernel) if letter not in outputs]
