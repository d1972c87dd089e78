"""What the outputs of one layer are like, outside of training: NumPy does it, for nothing has to be compiled."""

import numpy as np

from keras_tips.probes.quantities.activation_saturation import BORDERS, NEAR

__all__ = ["layer_numbers", "mode_numbers"]


def layer_numbers(outputs: np.ndarray, axis: int = -1, activation: str | None = None) -> dict[str, float]:
    """Returns quantity -> number, as `keras_tips.records.facts` describes them.

    Args:
        outputs: of shape (rows, ..., units), at inference.
        axis: along which units lie.
        activation: of the layer; `activation_saturation` is only there for those with borders.

    >>> layer_numbers(np.array([[0.0, 1.0], [0.0, 3.0]]))["silent_units"]
    0.5
    """
    table = outputs.reshape(len(outputs), -1)
    size = float(np.sqrt(np.mean(np.square(table, dtype="float64"))))
    zero = outputs == 0
    found = {
        "activation_mean": float(np.mean(table, dtype="float64")),
        "activation_deviation": float(np.std(table, dtype="float64")),
        "activation_zeros": float(zero.mean()),
        "silent_units": float(zero.all(axis=_others(outputs, axis)).mean()),
        "activation_variation": float(np.sqrt(np.mean(np.var(table, axis=0, dtype="float64"))) / size) if size > 0 else 0.0,
    }
    if activation in BORDERS:
        low, high = BORDERS[activation]
        margin = NEAR * (high - low)
        found["activation_saturation"] = float(np.mean((outputs < low + margin) | (outputs > high - margin)))
    return found


def mode_numbers(inference: np.ndarray, training: np.ndarray, axis: int = -1) -> dict[str, float]:
    """Returns `mode_shift` and `mode_gain`: how the outputs for the same rows differ between training mode and inference.

    >>> mode_numbers(np.array([[1.0], [3.0]]), np.array([[3.0], [5.0]]))["mode_shift"]
    2.0
    """
    others = _others(inference, axis)
    shift = float(np.mean(np.abs(training.mean(axis=others, dtype="float64") - inference.mean(axis=others, dtype="float64"))))
    spread = float(np.std(inference, dtype="float64"))
    sizes = [float(np.sqrt(np.mean(np.square(each, dtype="float64")))) for each in (inference, training)]
    return {
        "mode_shift": shift / spread if spread > 0 else (0.0 if shift == 0 else float("inf")),
        "mode_gain": sizes[1] / sizes[0] if sizes[0] > 0 else (1.0 if sizes[1] == 0 else float("inf")),
    }


def _others(outputs: np.ndarray, axis: int) -> tuple[int, ...]:
    """All axes but that of the units."""
    return tuple(each for each in range(outputs.ndim) if each != axis % outputs.ndim)
