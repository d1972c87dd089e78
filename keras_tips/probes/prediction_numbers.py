"""How good predictions are, in numbers that do not depend on the loss."""

import numpy as np

from keras_tips.probes.answers import Answers

__all__ = ["prediction_numbers", "score"]

ROUNDING = 1e-3  # by which sums of probabilities may differ from 1, in half precision
TINY = 1e-7  # probability at which a logarithm is cut off, as Keras does
FEWEST = 5  # rows of a class, below which the share that was recognized says little


def score(predictions: np.ndarray, right: Answers) -> float | None:
    """Returns the accuracy for classes and labels, R² for numbers; None where shapes do not fit or something is not finite.

    >>> score(np.array([[0.9, 0.1], [0.3, 0.7]]), Answers("classes", np.array([0, 0])))
    0.5
    """
    said = _said(predictions, right)
    if said is None:
        return None
    if right.kind != "numbers":
        return float(np.mean(said == right.values))
    errors = np.mean((said - right.values) ** 2, dtype="float64")
    spread = np.mean((right.values - right.values.mean(0)) ** 2, dtype="float64")
    return float(1 - errors / spread) if spread > 0 else None


def prediction_numbers(predictions: np.ndarray, right: Answers) -> dict[str, float]:
    """Returns `training_score`; for classes `worst_recall`, `top_prediction_share` and `probability_error`, and two kinds of
    cross-entropy where predictions are probabilities; for labels `worst_recall` and `prediction_correlation`; for numbers this
    and `prediction_spread`.

    What they mean is written in `keras_tips.records.facts`. Empty where predictions cannot be compared.
    """
    said, known = _said(predictions, right), score(predictions, right)
    if said is None or known is None:
        return {}
    found = {"training_score": known}
    if right.kind == "classes":
        counts = np.unique(said, return_counts=True)[1]
        found["top_prediction_share"] = float(counts.max() / said.size)
        if np.ndim(predictions) > said.ndim:
            found["probability_error"] = _probability_error(np.asarray(predictions, "float64"))
        found |= _cross_entropies(np.asarray(predictions, "float64"), right)
    elif right.kind == "numbers":
        found["prediction_spread"] = float(np.std(said - said.mean(0)) / np.std(right.values - right.values.mean(0)))
    if right.kind != "numbers":
        classes, numbers = np.unique(right.values, return_counts=True)
        recalls = [np.mean(said[right.values == name] == name) for name in classes[numbers >= FEWEST]]
        found |= {"worst_recall": float(min(recalls))} if recalls else {}
    if right.kind != "classes":
        together = _correlation(np.asarray(predictions, "float64").reshape(right.values.shape), right.values)
        found |= {"prediction_correlation": together} if together is not None else {}
    return found


def _correlation(said: np.ndarray, values: np.ndarray) -> float | None:
    """Of what goes beyond the mean of each column, all columns together; None where nothing does."""
    said, values = said - said.mean(0), values - values.mean(0)
    size = float(np.linalg.norm(said) * np.linalg.norm(values))
    return float(np.sum(said * values)) / size if size > 0 else None


def _probability_error(rows: np.ndarray) -> float:
    """How far the worst row is from a distribution over the classes; 0 for probabilities."""
    return float(max(np.abs(rows.sum(-1) - 1).max(), -rows.min(), 0.0))


def _cross_entropies(rows: np.ndarray, right: Answers) -> dict[str, float]:
    """Of probabilities as they are, and as if they were logits."""
    values = right.values
    if rows.ndim == values.ndim + 1 and rows.shape[-1] > 1:
        if _probability_error(rows) > ROUNDING or values.min() < 0 or values.max() >= rows.shape[-1]:
            return {}
        said = np.take_along_axis(rows, values[..., None], -1)[..., 0]
        twice = np.log(np.exp(rows).sum(-1)) - said
    else:
        one = rows.reshape(values.shape)
        if one.min() < 0 or one.max() > 1 or not np.isin(values, (0, 1)).all():
            return {}
        said, twice = np.where(values == 1, one, 1 - one), np.log1p(np.exp(one)) - values * one
    known = -np.log(np.maximum(said, TINY))
    return {"cross_entropy": float(known.mean()), "cross_entropy_as_logits": float(twice.mean())}


def _said(predictions: np.ndarray, right: Answers) -> np.ndarray | None:
    """The predictions in the form of the answers."""
    rows, values = np.asarray(predictions, "float64"), right.values
    if not np.isfinite(rows).all() or not rows.size:
        return None
    if right.kind == "classes" and rows.ndim == values.ndim + 1 and rows.shape[-1] > 1:
        said = rows.argmax(-1)
        return said if said.shape == values.shape else None
    if rows.size != values.size:
        return None
    rows = rows.reshape(values.shape)
    return rows if right.kind == "numbers" else (rows > right.threshold).astype(int)
