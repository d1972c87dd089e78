"""What a network is worth for rows that it meets for the first time: those of its first epoch, and those of validation."""

from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.records.run import Run

__all__ = ["learned_for_new_rows", "never_of_use_for_validation"]

# Rounding, and the luck of some hundred rows with predictions close to a constant, save a few thousandths.
SAVED = 0.02  # share of a constant's loss


def learned_for_new_rows(run: Run) -> bool:
    """Whether the network was better than a constant in its first epoch, all of whose rows were new to it.

    What it saved on them it had learned of others: a signal that holds for rows of the same kind (prequential evidence: Dawid,
    Statistical Theory: The Prequential Approach, 1984).
    """
    constant, losses = reference_loss(run), run.values("loss", "train")
    return constant is not None and bool(len(losses)) and bool(losses[0] < (1 - SAVED) * constant)


def never_of_use_for_validation(run: Run, epochs: int) -> bool:
    """Whether validation was better than a constant in no epoch, of which there were so many."""
    constant, losses = reference_loss(run, "validation_targets"), run.values("loss", "validation")
    return constant is not None and len(losses) >= epochs and bool((losses > (1 - SAVED) * constant).all())
