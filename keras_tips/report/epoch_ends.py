"""Where the epochs of a run end."""

import numpy as np

from keras_tips.records.run import Run

__all__ = ["epoch_ends"]

PLACES = ("train", "validation")  # places of metrics per epoch


def epoch_ends(run: Run) -> np.ndarray:
    """Returns the last steps of the epochs of a run, increasing."""
    ends = [run.series(name, place)[0] for name in run.quantities for place in run.places(name) if place in PLACES]
    return np.unique(np.concatenate(ends)) if ends else np.empty(0, "int64")
