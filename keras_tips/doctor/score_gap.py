"""How much better the network is on training rows than on validation rows."""

import math

from keras_tips.doctor.attainment import gain
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.records.run import Run

__all__ = ["score_gap"]


def score_gap(run: Run) -> float | None:
    """Returns the score of the kept training rows less that of validation rows, of the output where they differ most.

    It is a share of what there is to learn, where the score of a constant is known. None where no output has both scores.
    """
    constants = {reference["name"]: reference["constant"] for reference in checked_fact(run, "references") or ()}
    gaps = []
    for output in checked_fact(run, "outputs") or ():
        name = output["name"]
        train, validation = (last_look(run, quantity, name) for quantity in ("training_score", "validation_score"))
        if train is not None and validation is not None:
            constant = constants.get(name, 0.0)
            gaps.append(gain(train, constant) - gain(validation, constant))
    return max((gap for gap in gaps if math.isfinite(gap)), default=None)
