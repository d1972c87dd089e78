"""The story of a report in plain words: what was wrong, what was done, what came out."""

from dataclasses import dataclass

from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.leaderboard import Leaderboard
from keras_tips.report.content import Report, ReportedRun
from keras_tips.report.main_measure import main_measure
from keras_tips.report.wording import measure_text, plain_name, value_text, verdict

__all__ = ["tell_story"]


@dataclass(frozen=True)
class Story:
    """A headline and up to three chapters.

    Attributes:
        headline: one sentence.
        chapters: pairs of (heading, sentences); a chapter without sentences is left out.
    """

    headline: str
    chapters: tuple[tuple[str, tuple[str, ...]], ...]


def tell_story(report: Report) -> Story:
    """Returns the story that a report's runs, results and leaderboard tell."""
    chapters = (
        ("What was wrong", _wrong(report)),
        ("What was done", _done(report)),
        ("What came out", _outcome(report)),
    )
    return Story(_headline(report), tuple((heading, sentences) for heading, sentences in chapters if sentences))


def _headline(report: Report) -> str:
    measure = main_measure(report)
    if measure is not None:
        return _change(measure, [measured[measure] for measured in report.results.values() if measure in measured])
    judged = _judged(report)
    if len(judged) > 1:
        sick = sum(not reported.diagnosis.healthy for reported in judged if reported.diagnosis is not None)
        return (
            f"{sick} of {len(judged)} runs have serious findings."
            if sick
            else f"None of {len(judged)} runs has a serious finding."
        )
    if judged and judged[-1].diagnosis is not None:
        return verdict(judged[-1].diagnosis)
    return _best_sentence(report.leaderboard) if report.leaderboard is not None else "Nothing has been judged yet."


def _change(measure: str, reached: list[float]) -> str:
    name, before, after = plain_name(measure), reached[0], reached[-1]
    if after == before:
        return f"The {name} is {measure_text(measure, after)}."
    direction = "rose" if after > before else "fell"
    return f"The {name} {direction} from {measure_text(measure, before)} to {measure_text(measure, after)}."


def _judged(report: Report) -> list[ReportedRun]:
    return [reported for reported in report.runs if reported.diagnosis is not None]


def _wrong(report: Report) -> tuple[str, ...]:
    sentences = []
    for reported in _judged(report):
        found = reported.diagnosis.findings if reported.diagnosis is not None else ()
        serious = [finding for finding in found if finding.serious]
        if serious:
            others = len(serious) - 1
            more = f" {others} more serious finding{'s' if others > 1 else ''} beside it." if others else ""
            sentences.append(
                f"{plain_name(serious[0].rule).capitalize()} in the run {reported.name}. {serious[0].message}{more}"
            )
    return tuple(sentences[:1] if _is_story(report) else sentences)


def _is_story(report: Report) -> bool:
    """Whether the runs follow from each other, so that the last one is what came out; a folder may hold any runs."""
    return bool(report.results) or any(reported.applied for reported in report.runs)


def _done(report: Report) -> tuple[str, ...]:
    sentences = []
    for reported in report.runs:
        if reported.applied:
            tips = ", ".join(plain_name(tip) for tip in reported.applied)
            sentences.append(f"For the run {reported.name}: {tips}.")
    if report.leaderboard is not None and report.leaderboard.trials:
        trials = report.leaderboard.trials
        completed = sum(trial.status == "completed" for trial in trials)
        noun = "trial" if len(trials) == 1 else "trials"
        sentences.append(f"A search of {len(trials)} {noun}, {completed} of them completed.")
    return tuple(sentences)


def _outcome(report: Report) -> tuple[str, ...]:
    sentences = []
    judged = _judged(report)
    if judged and _is_story(report) and judged[-1].diagnosis is not None:
        last = judged[-1].diagnosis
        sentences.append(f"The run {judged[-1].name} {_state(last)}")
    if report.leaderboard is not None and report.leaderboard.best is not None:
        sentences.append(_best_sentence(report.leaderboard))
    return tuple(sentences)


def _state(diagnosis: Diagnosis) -> str:
    sentence = verdict(diagnosis)
    return f"is {sentence[:1].lower()}{sentence[1:]}" if diagnosis.healthy else f"has {sentence}"


def _best_sentence(leaderboard: Leaderboard) -> str:
    best = leaderboard.best
    if best is None or best.score is None:
        return "No trial of the search was completed."
    values = ", ".join(f"{plain_name(name)} {value_text(value)}" for name, value in best.values.items())
    score = f"{plain_name(leaderboard.objective)} of {measure_text(leaderboard.objective, best.score)}"
    return f"The best trial, {best.trial}, reached a {score}" + (f" with {values}." if values else ".")
