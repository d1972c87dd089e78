"""What the doctor says of a run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from keras_tips._base.arguments import check_choice
from keras_tips.records.finding import STAGES, Finding

__all__ = ["Diagnosis"]

COLOURS = {"critical": "#b3261e", "warning": "#b26a00", "info": "#5f6368"}  # of the line beside; the words say it too


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
        """A text a person can act on: what, where, why it matters, what to try first, how sure, and what speaks against it."""
        lines = [self._headline()]
        for number, finding in enumerate(self.findings, 1):
            cause = self._cause(finding.rule)
            role = f"{finding.severity}, follows from {cause}" if cause else finding.severity
            lines += ["", f"{number}. {finding.rule} ({role}, {finding.confidence:.0%} sure)", f"   {finding.message}"]
            lines += [f"   {label:10} {text}" for label, text in _details(finding, follows=bool(cause))]
        if self.not_examined:
            lines += ["", "Not examined:", *(f"   {rule}: {why}" for rule, why in self.not_examined)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The same for notebooks: every word is there without colours."""
        parts = [f"<p><b>{escape(self._headline())}</b></p>"]
        for finding in self.findings:
            cause = self._cause(finding.rule)
            role = f"{finding.severity}, follows from {escape(cause)}" if cause else finding.severity
            rows = [f"<b>{escape(finding.rule)}</b> ({role}, {finding.confidence:.0%} sure)<br>{escape(finding.message)}"]
            rows += [f"<br><i>{label}</i> {_marked(label, text)}" for label, text in _details(finding, follows=bool(cause))]
            colour = COLOURS[finding.severity]
            parts.append(f'<div style="border-left:4px solid {colour};padding-left:8px;margin:8px 0">{"".join(rows)}</div>')
        if self.not_examined:
            rows = [f"<li>{escape(rule)}: {escape(why)}</li>" for rule, why in self.not_examined]
            parts.append(f"<details><summary>Not examined</summary><ul>{''.join(rows)}</ul></details>")
        return "".join(parts)

    def _cause(self, rule: str) -> str:
        """The first finding that explains this one, "" for a root cause."""
        tree = self.consequences or {}
        return next((finding.rule for finding in self.findings if rule in tree.get(finding.rule, ())), "")

    def _headline(self) -> str:
        serious = sum(finding.serious for finding in self.findings)
        if self.reservation and self.healthy:
            return self.reservation
        if self.healthy:
            return "Healthy: no finding of severity warning or critical."
        noun = "finding" if serious == 1 else "findings"
        return f"{serious} serious {noun}; the run stands at the step `{self.stage}`. Root cause: {self.findings[0].rule}."


def _details(finding: Finding, follows: bool = False) -> list[tuple[str, str]]:
    """(label, text) of what is known of a finding besides its message; of one that only follows, where it is."""
    known = [("where:", _listed(finding.layers))]
    if not follows:
        known.append(("why:", finding.why))
        if finding.tips:
            known.append(("try first:", f"{finding.tips[0]}   (keras-tips explain {finding.tips[0]})"))
            known += [("", line) for line in finding.code.splitlines()]
        known += [("then:", ", ".join(finding.tips[1:])), ("but:", finding.doubt)]
    return [(label, text) for label, text in known if text]


def _marked(label: str, text: str) -> str:
    return escape(text) if label else f"<code>{escape(text)}</code>"


def _listed(names: tuple[str, ...], most: int = 6) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
