"""What a report holds, before it is known whether it goes to the terminal or onto a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras_tips._base.arguments import invalid
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.leaderboard import Leaderboard
from keras_tips.records.run import Run

__all__ = ["Report", "ReportedRun"]


@dataclass(frozen=True)
class ReportedRun:
    """One run of a report.

    Attributes:
        name: what the run is called, such as `"sick"` or `"treated"`.
        run: its measurements.
        diagnosis: what the doctor said of it, or None where nobody asked.
        applied: names of the tips that made this run what it is; empty for the first.
    """

    name: str
    run: Run = field(default_factory=Run)
    diagnosis: Diagnosis | None = None
    applied: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "applied", tuple(self.applied))


@dataclass(frozen=True)
class Report:
    """Everything that one report tells, in the order in which it happened. Empty parts are left out when it is shown.

    Attributes:
        title: heading of the report.
        runs: the runs, first one first: usually before and after the treatment.
        leaderboard: the trials of a search, or None.
        results: name of a run or of the search -> name of a measure -> number, in the order in which they were reached:
            `{"sick": {"test accuracy": 0.1}, "treated": {"test accuracy": 0.96}}`.
        notes: further sentences for the reader.
        folder: where the TensorBoard files lie, as the reader should type it; "" where there are none.

    Raises:
        ValueError: two runs have the same name.

    Example:

    >>> Report("Digits", runs=(ReportedRun("sick"),)).runs[0].name
    'sick'
    """

    title: str
    runs: tuple[ReportedRun, ...] = ()
    leaderboard: Leaderboard | None = None
    results: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    folder: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", tuple(self.runs))
        object.__setattr__(self, "notes", tuple(self.notes))
        names = [reported.name for reported in self.runs]
        if len(set(names)) < len(names):
            raise invalid("runs", "runs of different names", names, "Rename one, so that a reader can tell them apart.")
