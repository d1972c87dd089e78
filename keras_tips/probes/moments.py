"""Mean and deviation of numbers that arrive in parts."""

import numpy as np

__all__ = ["Moments"]


class Moments:
    """Exact mean, deviation, minimum and maximum per column, of parts that need not be kept.

    Parts are merged by the formula of Chan, Golub and LeVeque (Updating Formulae and a Pairwise Algorithm for Computing
    Sample Variances, 1979), which stays exact where the mean is large and the deviation small. Entries that are NaN or
    infinite are counted and left out.
    """

    def __init__(self) -> None:
        self.count = np.zeros(0)  # of finite entries, per column
        self.mean = np.zeros(0)
        self.squares = np.zeros(0)  # sum of squared distances from the mean
        self.minimum = np.inf
        self.maximum = -np.inf
        self.non_finite = 0

    def add(self, table: np.ndarray) -> None:
        """Adds a part of shape (entries, columns) of float64; the number of columns never changes."""
        finite = np.isfinite(table)
        whole = bool(finite.all())
        if not whole:
            self.non_finite += int(finite.size - finite.sum())
        if not finite.any():
            return
        self.minimum = min(self.minimum, float(table.min() if whole else table[finite].min()))
        self.maximum = max(self.maximum, float(table.max() if whole else table[finite].max()))
        count = np.full(table.shape[1], float(len(table))) if whole else finite.sum(0).astype("float64")
        with np.errstate(over="ignore", invalid="ignore"):  # numbers near the end of what float64 holds
            known = table if whole else np.where(finite, table, 0.0)
            mean = known.sum(0) / np.maximum(count, 1)
            squares = ((known - mean) ** 2).sum(0) if whole else (np.where(finite, table - mean, 0.0) ** 2).sum(0)
            self._merge(count, mean, squares)

    def _merge(self, count: np.ndarray, mean: np.ndarray, squares: np.ndarray) -> None:
        if not len(self.count):
            self.count, self.mean, self.squares = count, mean, squares
            return
        total = np.maximum(self.count + count, 1)
        step = mean - self.mean
        self.mean = self.mean + step * count / total
        self.squares = self.squares + squares + step**2 * self.count * count / total
        self.count = self.count + count

    @property
    def deviation(self) -> np.ndarray:
        """Per column, of the population (divided by n)."""
        return np.sqrt(self.squares / np.maximum(self.count, 1))

    @property
    def pooled(self) -> tuple[float, float]:
        """Mean and deviation of all columns together."""
        total = float(self.count.sum())
        if not total:
            return 0.0, 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float((self.mean * self.count).sum() / total)
            squares = float((self.squares + self.count * (self.mean - mean) ** 2).sum())
        return mean, float(np.sqrt(squares / total))
