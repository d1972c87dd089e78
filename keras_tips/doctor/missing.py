"""The answer of a rule that lacks its evidence."""

from dataclasses import dataclass

__all__ = ["Missing"]


@dataclass(frozen=True)
class Missing:
    """Says that a rule could not examine a run, which is not the same as having found nothing.

    Attributes:
        reason: what would have to be measured, as in "needs the loss of at least 5 epochs".
    """

    reason: str
