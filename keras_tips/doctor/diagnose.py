"""From a run to its diagnosis: a loop over rules, the recipe's order, and the ranking."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from keras_tips._base.arguments import invalid
from keras_tips.doctor.catalogue import catalogue, chosen
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.ranking import consequences, ranked
from keras_tips.doctor.reservation import reservation
from keras_tips.doctor.rule import Rule
from keras_tips.doctor.suspicion import suspected
from keras_tips.records.cures import best_first
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.finding import STAGES, Finding
from keras_tips.records.run import Run

__all__ = ["diagnose"]


def diagnose(run: Run, rules: str | Iterable[str] = "all") -> Diagnosis:
    """Returns what the rules find in a run; see `keras_tips.diagnose`, which adds code to paste.

    The recipe's order is law: as long as a finding of an earlier step is serious, findings about generalization are not
    given as warnings. They are listed as not examined, with the reason.

    >>> diagnose(Run()).reservation
    'No verdict: nothing was measured. Give the doctor to fit first.'
    """
    if not isinstance(run, Run):
        raise invalid("run", "a Run, as from `Doctor().run` or `keras_tips.load_run`", run)
    found: list[Finding] = []
    missing: list[tuple[str, str]] = []
    for rule in chosen(rules):
        # Runs that went wrong hold numbers near the end of what a float can; rules judge the infinity that comes out.
        with np.errstate(all="ignore"):
            answer = rule.examine(run)
        if isinstance(answer, Missing):
            missing.append((rule.name, answer.reason))
        else:
            found += [_explained(finding, rule) for finding in answer]
    explains = {rule.name: rule.explains for rule in catalogue().values()}
    if rules == "all":
        found = suspected(found, run, explains)
    found, withheld = _recipe_order(found)
    stage, short = _step(found), ""
    if stage == "done":
        stage, short = reservation(run)
    return Diagnosis(ranked(found, explains), stage or "done", (*missing, *withheld), consequences(found, explains), short)


def _explained(finding: Finding, rule: Rule) -> Finding:
    """With what the rule's page says of it, and the tips in the order of how often they cured it."""
    why, doubt = rule.first_sentence("Why it hurts"), rule.first_sentence("False alarms")
    return replace(finding, why=finding.why or why, doubt=doubt, tips=best_first(rule.name, finding.tips))


def _recipe_order(found: Sequence[Finding]) -> tuple[list[Finding], list[tuple[str, str]]]:
    """Takes out what is too early to say: returns the findings to give, and (rule, reason) of those withheld."""
    first = _step(found)
    if first not in STAGES[:-1]:
        return list(found), []
    culprit = next(finding.rule for finding in found if finding.serious and finding.stage == first)
    reason = f"the training result comes first; needs a run without {culprit}"
    early = [finding for finding in found if finding.serious and finding.stage == STAGES[-1]]
    return [finding for finding in found if finding not in early], [(name, reason) for name in {f.rule: None for f in early}]


def _step(found: Iterable[Finding]) -> str:
    """The first step of the recipe that something serious was found at, or "done"."""
    stages = {finding.stage for finding in found if finding.serious}
    return next((stage for stage in STAGES if stage in stages), "done")
