"""How often each ailment was named in healthy programs, as measured."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Alarms", "measured_alarms"]

FILE = Path(__file__).with_name("alarms.json")


@dataclass(frozen=True)
class Alarms:
    """How often one ailment was named in runs of healthy programs.

    Attributes:
        runs: how many were judged.
        remarks: in how many of them it was named as `info`.
        warnings: in how many of them it was named as `warning` or `critical`: false alarms.
        backends: on which Keras backends.

    >>> str(Alarms(200, 3, 1, ("jax", "torch")))
    'Of 200 runs of healthy programs (jax, torch), it warned in 1, and was a remark in 3.'
    """

    runs: int
    remarks: int
    warnings: int
    backends: tuple[str, ...]

    def __str__(self) -> str:
        """A sentence."""
        warned, told = (str(count) if count else "none" for count in (self.warnings, self.remarks))
        where = ", ".join(self.backends)
        return f"Of {self.runs} runs of healthy programs ({where}), it warned in {warned}, and was a remark in {told}."


@cache
def measured_alarms(ailment: str) -> Alarms:
    """Returns what `tests/benchmarks/bench_doctor.py --alarms` has measured of an ailment."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))["measured"]
    remarks, warnings = map(sum, zip(*(each["alarms"].get(ailment, (0, 0)) for each in stored.values()), strict=True))
    return Alarms(sum(each["runs"] for each in stored.values()), remarks, warnings, tuple(stored))
