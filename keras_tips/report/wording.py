"""The words and numbers that every kind of report uses."""

import math
from collections.abc import Mapping
from typing import Any

from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.finding import Finding

__all__ = [
    "ICONS",
    "NO_VALUE",
    "STAGE_WORDS",
    "consequence_rules",
    "measure_text",
    "number_text",
    "plain_name",
    "value_text",
    "verdict",
    "worst_severity",
]

ICONS: Mapping[str, str] = {"critical": "✖", "warning": "▲", "info": "●", "healthy": "✔"}

STAGE_WORDS: Mapping[str, str] = {
    "setup": "Next step: repair the setup (data, loss, model) before training again.",
    "training": "Next step: get a good result on the training data first.",
    "generalization": "Next step: training is good, now work on validation data.",
    "done": "Nothing is left to do.",
}

NO_VALUE = "\u2013"  # a dash, where there is no number

SHARES = ("accuracy", "precision", "recall")  # measures between 0 and 1 that people read in percent


def number_text(value: float) -> str:
    """Returns a number with four significant digits.

    >>> number_text(0.000012345), number_text(1700.0), number_text(float("nan"))
    ('1.234e-05', '1700', 'not a number')
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.4g}"


def measure_text(name: str, value: float) -> str:
    """Returns the value of a measure as people read it.

    >>> measure_text("test accuracy", 0.9725), measure_text("test loss", 0.0931)
    ('97.2 %', '0.0931')
    """
    if any(share in name for share in SHARES) and 0 <= value <= 1:
        return f"{value:.1%}".replace("%", " %")
    return number_text(value)


def value_text(value: Any) -> str:
    """Returns the value of a hyperparameter as people read it.

    >>> value_text(0.00123456), value_text(64), value_text(True), value_text("relu")
    ('0.001235', '64', 'yes', 'relu')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number_text(value) if isinstance(value, float) else str(value)


def plain_name(name: str) -> str:
    """Returns the name of an ailment or a tip in plain words.

    >>> plain_name("vanishing_gradient")
    'vanishing gradient'
    """
    return name.replace("_", " ")


def consequence_rules(diagnosis: Diagnosis) -> dict[str, str]:
    """Returns, for every finding that another one explains, the rule that explains it."""
    present = [finding.rule for finding in diagnosis.findings]
    explained: dict[str, str] = {}
    for cause in present:
        for consequence in (diagnosis.consequences or {}).get(cause, ()):
            if consequence in present:
                explained.setdefault(consequence, cause)
    return explained


def verdict(diagnosis: Diagnosis) -> str:
    """Returns one sentence: how bad it is, and what is at its root.

    >>> verdict(Diagnosis())
    'Healthy: nothing serious was found.'
    """
    serious = [finding for finding in diagnosis.findings if finding.serious]
    if not serious and diagnosis.reservation:
        return diagnosis.reservation
    if not serious:
        return "Healthy: nothing serious was found."
    counts = [_counted(serious, severity) for severity in ("critical", "warning")]
    return f"{' and '.join(count for count in counts if count)}. Root cause: {plain_name(serious[0].rule)}."


def worst_severity(diagnosis: Diagnosis) -> str:
    """Returns the severity that a diagnosis is shown with: that of its worst finding, or "healthy".

    A diagnosis with a reservation is marked like a warning: whoever glances at it must not take it for good news.

    >>> worst_severity(Diagnosis()), worst_severity(Diagnosis(reservation="Nothing was learned."))
    ('healthy', 'warning')
    """
    serious = next((finding.severity for finding in diagnosis.findings if finding.serious), None)
    return serious or ("warning" if diagnosis.reservation else "healthy")


def _counted(findings: list[Finding], severity: str) -> str:
    number = sum(finding.severity == severity for finding in findings)
    noun = "critical finding" if severity == "critical" else "warning"
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
