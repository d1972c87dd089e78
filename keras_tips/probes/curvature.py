"""The extreme eigenvalues of a Hessian that nobody writes down, from its products with vectors."""

import math
from collections.abc import Callable

import numpy as np

__all__ = ["extreme_curvatures"]

STEPS = 20  # products; outliers of a spectrum, which are what is asked for, come out within ten to twenty
CLOSE = 0.01  # share of the larger eigenvalue by which both may still be wrong: rules ask for a tenth
NOISE = 1e-5  # of a product in float32, over the largest eigenvalue: a rest below it is no new direction
SEED = 1  # of the vector that is begun with


def extreme_curvatures(
    product: Callable[[np.ndarray], np.ndarray],
    size: int,
    steps: int = STEPS,
    go_on: Callable[[], bool] = lambda: True,
) -> tuple[float, float] | None:
    """Returns the largest and the smallest eigenvalue of a symmetric matrix, None where `go_on` ended the search.

    Lanczos's method: in the space of v, Hv, HHv, ... from a random v the matrix is a small tridiagonal one, whose extreme
    eigenvalues come near those of H from inside. Each new vector is made orthogonal to all earlier ones, twice, since rounding
    would else bring found directions back.

    Args:
        product: multiplies the matrix with a vector of float64.
        size: of the vectors.
        steps: at most so many products.
        go_on: is asked before each product.

    Example:

    >>> matrix = np.diag([3.0, 1.0, -2.0])
    >>> largest, smallest = extreme_curvatures(lambda vector: matrix @ vector, 3)
    >>> round(largest, 6), round(smallest, 6)
    (3.0, -2.0)

    Reference:
        Lanczos: An iteration method for the solution of the eigenvalue problem of linear differential and integral
        operators, 1950.
    """
    vector = np.random.default_rng(SEED).normal(size=size)
    basis: list[np.ndarray] = []
    diagonal: list[float] = []
    beside: list[float] = []  # entries next to the diagonal
    values, rest = np.zeros(1), float(np.linalg.norm(vector))
    while len(basis) < min(steps, size):
        if not go_on():
            return None
        basis.append(vector / rest)
        image = product(basis[-1])
        diagonal.append(float(basis[-1] @ image))
        if not math.isfinite(diagonal[-1]):
            return math.nan, math.nan
        for _ in range(2):
            image = image - np.array(basis).T @ (np.array(basis) @ image)
        vector, rest = image, float(np.linalg.norm(image))
        values, states = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        scale = float(np.abs(values).max())
        wrong = rest * np.abs(states[-1, [0, -1]])  # bounds of the errors of both ends
        if rest <= NOISE * scale or (len(basis) > 2 and wrong.max() <= CLOSE * scale):
            break
        beside.append(rest)
    return float(values[-1]), float(values[0])
