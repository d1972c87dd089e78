"""At which steps something is recorded."""

from dataclasses import dataclass

from keras_tips._base.arguments import check_integer, invalid

__all__ = ["Schedule"]

DENSE_STEPS = 8  # "auto" records each of the first steps: most faults show there
GROWTH = 4  # and then waits for a quarter of the steps so far: 21 records in 200 steps, 39 in 10 000, 50 in 100 000


@dataclass(frozen=True)
class Schedule:
    """Says for any step which step is recorded next.

    Args:
        every: a positive integer n for steps 0, n, 2n, ..., or `"auto"`: often at the beginning, then in steps that
            grow with the run.

    Raises:
        ValueError: `every` is neither.
    """

    every: int | str = "auto"

    def __post_init__(self) -> None:
        if isinstance(self.every, str):
            if self.every != "auto":
                raise invalid("every", 'a positive integer or "auto"', self.every)
            return
        try:
            check_integer("every", self.every, low=1)
        except ValueError as error:
            raise invalid("every", 'a positive integer or "auto"', self.every) from error

    def first(self) -> int:
        """Returns the first recorded step."""
        return 0

    def after(self, step: int) -> int:
        """Returns the recorded step that follows the recorded step `step`."""
        if isinstance(self.every, int):
            return step + self.every
        return step + max(1, step // GROWTH if step >= DENSE_STEPS else 1)
