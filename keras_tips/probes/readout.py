"""What a linear readout makes of features: ridge regression, whose strength the rows themselves choose."""

import numpy as np

from keras_tips.probes.answers import Answers

__all__ = ["Readout", "code_score", "columns_of", "halves", "readout_score"]

STRENGTHS = np.logspace(-4, 4, 9)  # of ridge regression, times the mean squared length of a row
COLUMNS = 512  # of the features, at even distances where there are more
FEWEST = 20  # rows


class Readout:
    """A linear map from features to the codes of answers, fitted by ridge regression.

    The strength is the one with the least error of leaving each row out, which ridge regression knows in closed form.

    Args:
        features: of shape (rows, ...), finite.
        codes: of shape (rows, outputs).
    """

    def __init__(self, features: np.ndarray, codes: np.ndarray) -> None:
        table = columns_of(features)
        self._center, scale = table.mean(0), table.std(0)
        self._scale = np.where(scale > 1e-12 * np.abs(table).max(initial=1e-300), scale, np.inf)  # constants say nothing
        self._rows = (table - self._center) / self._scale
        self._mean = codes.mean(0)
        gram = self._rows @ self._rows.T
        values, vectors = np.linalg.eigh(gram)
        values = np.maximum(values, 0)
        turned = vectors.T @ (codes - self._mean)
        size = max(float(values.mean()), 1e-12)
        best = min(STRENGTHS * size, key=lambda strength: _left_out(values, vectors, turned, strength))
        self._weights = vectors @ (turned / (values + best)[:, None])  # of the fitted rows, for any number of columns

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Returns predicted codes of shape (rows, outputs)."""
        rows = (columns_of(features) - self._center) / self._scale
        return self._mean + rows @ (self._rows.T @ self._weights)


def _left_out(values: np.ndarray, vectors: np.ndarray, turned: np.ndarray, strength: float) -> float:
    """Mean squared error of rows that were left out. The mean was fitted too: so a row knows 1/rows more of itself."""
    kept = strength / (values + strength)
    own = (vectors**2) @ kept - 1 / len(values)
    errors = (vectors @ (kept[:, None] * turned)) / np.maximum(own, 1e-6)[:, None]
    return float(np.mean(errors**2))


def columns_of(features: np.ndarray) -> np.ndarray:
    """Returns features as a table in float64, of 512 columns at most."""
    table = np.asarray(features).reshape(len(features), -1)
    if table.shape[1] > COLUMNS:
        table = table[:, np.linspace(0, table.shape[1] - 1, COLUMNS).astype(int)]
    return table.astype("float64")


def halves(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the numbers of the rows to fit, and of those to hold out; the same for the same count."""
    order = np.random.default_rng(0).permutation(rows)
    return np.sort(order[: (rows + 1) // 2]), np.sort(order[(rows + 1) // 2 :])


def readout_score(features: np.ndarray, right: Answers) -> float | None:
    """Returns what a readout fitted on one half of the rows scores on the other; None where nothing can be fitted.

    >>> x = np.random.default_rng(0).normal(size=(200, 3))
    >>> readout_score(x, Answers("classes", (x[:, 0] > 0).astype(int))) > 0.9
    True
    """
    if not right.plain or len(features) < FEWEST or not np.isfinite(features).all():
        return None
    fitted, held_out = halves(len(features))
    readout = Readout(features[fitted], right.codes[fitted])
    return code_score(readout(features[held_out]), right.codes[held_out], right.kind)


def code_score(said: np.ndarray, codes: np.ndarray, kind: str) -> float | None:
    """Returns the accuracy of predicted codes of classes, the largest of which decides, or the R² of others.

    None where all right codes are the same number, which R² is not defined for.
    """
    if kind == "classes":
        return float(np.mean(said.argmax(1) == codes.argmax(1)))
    spread = np.mean((codes - codes.mean(0)) ** 2)
    return float(1 - np.mean((said - codes) ** 2) / spread) if spread > 0 else None
