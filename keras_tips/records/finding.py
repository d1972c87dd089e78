"""One ailment that a rule found in a run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_tips._base.arguments import check_choice, check_number

__all__ = ["Finding"]

SEVERITIES = ("info", "warning", "critical")
STAGES = ("setup", "training", "generalization")


@dataclass(frozen=True)
class Finding:
    """What a rule found, with its evidence and the tips that treat it.

    Attributes:
        rule: name of the ailment, which is also the name of the rule.
        severity: `"critical"`: the run cannot succeed as it is; `"warning"`: a measured loss of quality or time;
            `"info"`: worth knowing, nothing is wrong.
        stage: step of the recipe: `"setup"`, `"training"` or `"generalization"`.
        message: one sentence with its numbers.
        layers: names of layers to blame, worst first; empty where no layer is.
        evidence: name to number.
        tips: names of tips, best first.
        confidence: how sure the rule is, 0 to 1.
        why: why it matters, a sentence.
        doubt: what would speak against it: what looks alike and is healthy, a sentence.
        code: a line of code for the first tip; "" where nobody has filled it in.
    """

    rule: str
    severity: str
    stage: str
    message: str
    layers: tuple[str, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)
    tips: tuple[str, ...] = ()
    confidence: float = 1.0
    why: str = ""
    doubt: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        check_choice("severity", self.severity, SEVERITIES)
        check_choice("stage", self.stage, STAGES)
        check_number("confidence", self.confidence, 0.0, 1.0)
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "tips", tuple(self.tips))
        object.__setattr__(self, "evidence", {str(name): float(value) for name, value in self.evidence.items()})

    @property
    def serious(self) -> bool:
        """Whether it is a warning or critical."""
        return self.severity != "info"

    def to_dict(self) -> dict[str, Any]:
        """Returns plain values, ready for JSON; numbers that JSON does not know become text."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "stage": self.stage,
            "layers": list(self.layers),
            "message": self.message,
            "evidence": {name: value if math.isfinite(value) else str(value) for name, value in self.evidence.items()},
            "tips": list(self.tips),
            "confidence": self.confidence,
            "why": self.why,
            "doubt": self.doubt,
            "code": self.code,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Finding":
        """The inverse of `to_dict`."""
        return cls(**plain)
