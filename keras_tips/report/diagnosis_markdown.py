"""A diagnosis as Markdown, for TensorBoard's Text tab."""

from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.finding import Finding
from keras_tips.report.wording import ICONS, STAGE_WORDS, consequence_rules, number_text, plain_name, verdict, worst_severity

__all__ = ["diagnosis_markdown"]

# Backslashes do not protect < and & in every Markdown reader, so those become entities.
PROTECTED = {character: f"\\{character}" for character in "\\`*_{}[]#"} | {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "|": "&#124;",
}


def diagnosis_markdown(diagnosis: Diagnosis) -> str:
    """Returns the diagnosis as Markdown: verdict, findings with evidence, tips with the lines to type, what was not examined.

    Text that came from a model, such as a layer's name, cannot become markup.

    >>> print(diagnosis_markdown(Diagnosis()))
    **✔ Healthy: nothing serious was found.** Nothing is left to do.
    """
    icon = ICONS[worst_severity(diagnosis)]
    parts = [f"**{icon} {_protected(verdict(diagnosis))}** {STAGE_WORDS[diagnosis.stage]}"]
    causes = consequence_rules(diagnosis)
    for number, finding in enumerate(diagnosis.findings, 1):
        parts += _finding_parts(number, finding, causes.get(finding.rule))
    if diagnosis.not_examined:
        parts.append("### Not examined")
        parts.append("\n".join(f"- {_protected(plain_name(rule))}: {_protected(why)}" for rule, why in diagnosis.not_examined))
    return "\n\n".join(parts)


def _finding_parts(number: int, finding: Finding, cause: str | None) -> list[str]:
    role = f"{finding.severity}, {round(100 * finding.confidence)} % sure" + (
        f", a consequence of {plain_name(cause)}" if cause else ""
    )
    parts = [
        f"### {number}. {ICONS[finding.severity]} {_protected(plain_name(finding.rule))} ({_protected(role)})",
        _protected(finding.message),
    ]
    if finding.layers:
        parts.append("Layers: " + ", ".join(_protected(layer) for layer in finding.layers))
    if finding.evidence:
        rows = [f"| {_protected(plain_name(name))} | {number_text(value)} |" for name, value in finding.evidence.items()]
        parts.append("\n".join(["| evidence | value |", "| --- | --- |", *rows]))
    if finding.tips:
        first = finding.tips[0]
        parts.append(f"Try first: **{_protected(plain_name(first))}** (`keras-tips explain {_in_code(first)}`)")
        parts.append(f"`experiment = keras_tips.tips.get({_in_code(repr(first))}).apply(experiment)`")
    if finding.tips[1:]:
        parts.append("Then: " + ", ".join(_protected(plain_name(tip)) for tip in finding.tips[1:]))
    return parts


def _protected(text: str) -> str:
    return "".join(PROTECTED.get(character, character) for character in " ".join(text.split()))


def _in_code(text: str) -> str:
    return text.replace("`", "'")
