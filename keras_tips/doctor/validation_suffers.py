"""Whether the network is measurably worse on validation rows than on training rows."""

import numpy as np

from keras_tips.doctor.attainment import standard_error
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look, trained
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import OutputFact, ReferenceFact
from keras_tips.records.run import Run

__all__ = ["validation_suffers"]

# A tenth of everything there is: of all rows for classes, of the variance for numbers, of the constant predictor's loss. Less
# is the gap that healthy networks have.
GAP = 0.1
STANDARD_ERRORS = 2.0  # of the score: heavy tails make it a matter of a few rows
TIMES = 1.5  # validation loss over training loss, where nothing else is known


def validation_suffers(run: Run) -> bool | None:
    """Returns whether validation is clearly worse than training, or None where that was not measured.

    Scores on the kept rows are compared, and losses: those at inference on the kept rows, or else the logged ones.
    """
    if not trained(run):
        return None
    outputs: list[OutputFact] = checked_fact(run, "outputs") or []
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    by_name = {reference["name"]: reference for reference in references}
    gaps, clear = [], []
    for output in outputs:
        train, validation = (last_look(run, quantity, output["name"]) for quantity in ("training_score", "validation_score"))
        if train is not None and validation is not None:
            gaps.append(train - validation)
            known = by_name.get(output["name"])
            luck = 0.0 if known is None else STANDARD_ERRORS * standard_error(validation, known)
            clear.append(gaps[-1] >= max(GAP, luck))
    if any(clear):
        return True
    losses = _losses(run)  # where the largest output decides, a score may hide that outputs are far off
    if losses is None:
        return False if gaps else None
    train_loss, validation_loss = losses
    if not np.isfinite(validation_loss):
        return True
    result = training_result(run)
    level = result.reference if result is not None and result.exact else 0.0
    # Targets that spread more cost more: that is no fault of the network's.
    spread = max(1.0, (reference_loss(run, "validation_targets") or 0.0) / level) if level else 1.0
    return validation_loss > TIMES * spread * train_loss and validation_loss / spread - train_loss > GAP * level


def _losses(run: Run) -> tuple[float, float] | None:
    for quantity in ("inference_loss", "loss"):
        train, validation = run.values(quantity, "train"), run.values(quantity, "validation")
        if len(train) and len(validation) and np.isfinite(train[-1]):
            return float(train[-1]), float(validation[-1])
    return None
