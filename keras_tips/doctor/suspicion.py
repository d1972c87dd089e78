"""Whom to suspect where training is bad and every rule calls what it sees harmless."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from keras_tips.doctor.attainment import attainment
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["suspected"]

# What a training that gets nowhere looks like in the end, so that an ailment which can bring this about can be to blame.
ENDS = {"undertrained", "plateau"}
LESS_SURE = 0.7  # times what the rule thought: it did not see the harm itself


def suspected(found: Sequence[Finding], run: Run, explains: Mapping[str, Iterable[str]]) -> list[Finding]:
    """Returns the findings, of which the surest that can hold training up is a warning if there is none, and training is bad.

    Bad means here that a simple predictor shows what could have been learned. A remark says "this is odd, and harmless"; where
    harm is measured and nothing else explains it, the second half of the sentence is wrong.

    Args:
        found: any findings.
        run: the run.
        explains: ailment -> ailments that it causes.
    """
    learned = attainment(run)
    if learned is None or learned.attainable is None or not learned.poor or any(finding.serious for finding in found):
        return list(found)
    able = [finding for finding in found if finding.rule in ENDS or ENDS & set(explains.get(finding.rule, ()))]
    surest = max(able, key=lambda finding: finding.confidence, default=None)
    return [_blamed(finding, str(learned)) if finding is surest else finding for finding in found]


def _blamed(finding: Finding, harm: str) -> Finding:
    message = f"{finding.message.removesuffix('.')}; nothing else was found that explains the result: {harm}."
    return replace(finding, severity="warning", message=message, confidence=LESS_SURE * finding.confidence)
