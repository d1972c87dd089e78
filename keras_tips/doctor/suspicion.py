"""Whom to suspect where harm is measured and the rule that sees its cause calls it harmless."""

from collections.abc import Sequence
from dataclasses import replace

from keras_tips.doctor.attainment import attainment, behind_on_validation
from keras_tips.doctor.ranking import Graph, reachable
from keras_tips.doctor.suffering import HARMLESS
from keras_tips.records.finding import STAGES, Finding
from keras_tips.records.run import Run

__all__ = ["suspected"]

# What a training that gets nowhere looks like in the end, so that an ailment which can bring this about can be to blame.
ENDS = {"undertrained", "plateau"}
LESS_SURE = 0.7  # times what the rule thought: it did not see the harm itself
# With warnings there is somebody to blame already. A remark takes their place only where what it says is all but certain.
CERTAIN = 0.8  # confidence


def suspected(found: Sequence[Finding], run: Run, explains: Graph) -> list[Finding]:
    """Returns the findings, of which one remark may have become a warning.

    A remark says "this is odd, and harmless". Where harm is measured and it alone explains it, the second half of the sentence
    is wrong. That is so where everything serious that was found in training can follow from it; and where nothing serious was
    found, and training is far behind what a simple predictor learns, or validation behind what it makes of the same rows.

    Args:
        found: any findings.
        run: the run.
        explains: ailment -> ailments that it causes. It has no cycle.
    """
    serious = {finding.rule for finding in found if finding.serious}
    remarks = [finding for finding in found if not finding.serious and finding.tips]  # what nothing cures is no cause
    if any(finding.serious and finding.stage == STAGES[-1] for finding in found):
        return list(found)  # training is good, so a remark about it was right
    if serious:
        able = [each for each in remarks if each.confidence >= CERTAIN and serious <= reachable(each.rule, explains)]
        harm = f"it can be why there is {' and '.join(sorted(serious)).replace('_', ' ')}"
    else:
        learned = attainment(run)
        bad = learned is not None and learned.attainable is not None and (learned.poor or behind_on_validation(run))
        able = [each for each in remarks if bad and (each.rule in ENDS or ENDS & reachable(each.rule, explains))]
        worse = "" if learned is None or learned.poor else ", and beats the network on validation rows"
        harm = f"nothing else was found that explains the result: {learned}{worse}"
    surest = max(able, key=lambda finding: finding.confidence, default=None)
    return [_blamed(finding, harm) if finding is surest else finding for finding in found]


def _blamed(finding: Finding, harm: str) -> Finding:
    message = f"{finding.message.removesuffix('.').replace(HARMLESS, '')}; {harm}."
    return replace(finding, severity="warning", message=message, confidence=LESS_SURE * finding.confidence)
