"""What the doctor says of a run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras_tips._base.arguments import check_choice
from keras_tips.records.finding import STAGES, Finding

__all__ = ["Diagnosis"]


@dataclass(frozen=True)
class Diagnosis:
    """Findings in the order in which they should be read: the root cause first, then its consequences.

    Attributes:
        findings: root cause first.
        stage: the step of the recipe at which the run stands: `"setup"`, `"training"`, `"generalization"`, or
            `"done"` when nothing is left to do.
        not_examined: pairs of (rule, reason): what could not be judged, and what would have to be measured.
        consequences: rule -> rules of this diagnosis that it explains.
        reservation: why "nothing was found" does not mean that all is well, such as a training that learned nothing or
            broke off; "" where nothing of the kind is known.
    """

    findings: tuple[Finding, ...] = ()
    stage: str = "done"
    not_examined: tuple[tuple[str, str], ...] = ()
    consequences: Mapping[str, tuple[str, ...]] | None = None
    reservation: str = ""

    def __post_init__(self) -> None:
        check_choice("stage", self.stage, (*STAGES, "done"))
        object.__setattr__(self, "findings", tuple(self.findings))
        object.__setattr__(self, "not_examined", tuple((str(rule), str(why)) for rule, why in self.not_examined))
        known = self.consequences or {}
        object.__setattr__(self, "consequences", {rule: tuple(others) for rule, others in known.items()})

    @property
    def healthy(self) -> bool:
        """True when there is no finding of severity warning or critical."""
        return not any(finding.serious for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, ready for JSON."""
        return {
            "healthy": self.healthy,
            "stage": self.stage,
            "findings": [finding.to_dict() for finding in self.findings],
            "not_examined": [list(pair) for pair in self.not_examined],
            "consequences": {rule: list(others) for rule, others in (self.consequences or {}).items()},
            "reservation": self.reservation,
        }

    def to_json(self) -> str:
        """Returns the diagnosis as JSON text."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Diagnosis":
        """The inverse of `to_json`."""
        plain = json.loads(text)
        return cls(
            findings=tuple(Finding.from_dict(finding) for finding in plain["findings"]),
            stage=plain["stage"],
            not_examined=tuple((rule, why) for rule, why in plain["not_examined"]),
            consequences=plain["consequences"],
            reservation=plain.get("reservation", ""),
        )

    def __str__(self) -> str:
        """A text a person can act on: what, how sure, what to try first."""
        lines = [self._headline()]
        explained = {other for others in (self.consequences or {}).values() for other in others}
        for number, finding in enumerate(self.findings, 1):
            role = "consequence" if finding.rule in explained and number > 1 else finding.severity
            lines += ["", f"{number}. {finding.rule} ({role}, {finding.confidence:.0%} sure)", f"   {finding.message}"]
            if finding.layers:
                lines.append(f"   where:     {_listed(finding.layers)}")
            if finding.tips:
                lines.append(f"   try first: {finding.tips[0]}   (keras-tips explain {finding.tips[0]})")
            if finding.tips[1:]:
                lines.append(f"   then:      {', '.join(finding.tips[1:])}")
        if self.not_examined:
            lines += ["", "Not examined:", *(f"   {rule}: {why}" for rule, why in self.not_examined)]
        return "\n".join(lines)

    def _headline(self) -> str:
        serious = sum(finding.serious for finding in self.findings)
        if self.reservation and self.healthy:
            return self.reservation
        if self.healthy:
            return "Healthy: no finding of severity warning or critical."
        noun = "finding" if serious == 1 else "findings"
        return f"{serious} serious {noun}; the run stands at the step `{self.stage}`. Root cause: {self.findings[0].rule}."


def _listed(names: tuple[str, ...], most: int = 6) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
