"""A report as one HTML page that needs nothing but itself: no script, no font, no request."""

import os
import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from keras_tips._base.files import write_whole
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.leaderboard import Leaderboard
from keras_tips.report.content import Report, ReportedRun
from keras_tips.report.data_table import DataTable
from keras_tips.report.main_measure import main_measure
from keras_tips.report.pictures import curves_picture, gradient_picture, leaderboard_picture
from keras_tips.report.tell_story import tell_story
from keras_tips.report.wording import (
    ICONS,
    NO_VALUE,
    STAGE_WORDS,
    consequence_rules,
    measure_text,
    number_text,
    plain_name,
    value_text,
    verdict,
    worst_severity,
)

__all__ = ["render_page", "write_page"]

STATIC = Path(__file__).parent / "static"


def render_page(report: Report) -> str:
    """Returns the report as one page of HTML.

    It holds the story, the results, per run the diagnosis with evidence and tips, the pictures with their numbers as tables,
    and the leaderboard. Parts that the report lacks are left out. Everything that came from outside is escaped, and the
    page forbids itself scripts and requests. The same report gives the same bytes.

    Args:
        report: what to tell.

    Example:

    >>> page = render_page(Report("Digits", results={"treated": {"test accuracy": 0.96}}))
    >>> "The test accuracy is 96.0 %." in page
    True
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(STATIC),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain_name, "number": number_text, "value": value_text}
    return environment.get_template("page.html").render(
        report=report,
        story=tell_story(report),
        style=Markup((STATIC / "page.css").read_text(encoding="utf-8")),
        results=_results(report),
        gradients=_figure(gradient_picture(report.runs), gradient_picture(report.runs, narrow=True)),
        gradient_table=DataTable.of_gradients(report.runs),
        runs=[_run(reported) for reported in report.runs],
        search=_search(report.leaderboard),
        icons=ICONS,
    )


def write_page(report: Report, path: str | os.PathLike[str]) -> Path:
    """Writes `render_page(report)` to a file, whole or not at all, and returns its path.

    Raises:
        OSError: the file cannot be written.
    """
    return write_whole(path, render_page(report))


def _results(report: Report) -> list[dict[str, Any]]:
    """One entry per result: the main measure large, the others beside it."""
    main = main_measure(report)
    return [
        {
            "name": name,
            "measure": main if main in measured else "",
            "value": measure_text(main, measured[main]) if main is not None and main in measured else NO_VALUE,
            "others": [(other, measure_text(other, value)) for other, value in measured.items() if other != main],
        }
        for name, measured in report.results.items()
    ]


def _figure(wide: str, narrow: str) -> dict[str, Markup] | None:
    """The two drawings of one picture; the page shows the one that fits. The namespaces are HTML's own and left out."""
    if not wide:
        return None
    drawings = {"wide": wide, "narrow": narrow}
    return {name: Markup(re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg, count=2)) for name, svg in drawings.items()}


def _run(reported: ReportedRun) -> dict[str, Any]:
    return {
        "name": reported.name,
        "applied": reported.applied,
        "notes": reported.run.notes,
        "status": reported.run.status if reported.run.records else "",
        "curves": _figure(curves_picture(reported), curves_picture(reported, narrow=True)),
        "table": DataTable.of_curves(reported.run),
        "diagnosis": None if reported.diagnosis is None else _diagnosis(reported.diagnosis),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "verdict": verdict(diagnosis),
        "worst": worst_severity(diagnosis),
        "next": STAGE_WORDS[diagnosis.stage],
        "findings": diagnosis.findings,
        "causes": consequence_rules(diagnosis),
        "not_examined": diagnosis.not_examined,
    }


def _search(leaderboard: Leaderboard | None) -> dict[str, Any] | None:
    if leaderboard is None or not leaderboard.trials:
        return None
    return {
        "trials": leaderboard.trials,
        "best": leaderboard.best,
        "objective": leaderboard.objective,
        "model": leaderboard.best_model,
        "parameters": tuple(dict.fromkeys(name for trial in leaderboard.trials for name in trial.values)),
        "scores": {
            trial.trial: NO_VALUE if trial.score is None else measure_text(leaderboard.objective, trial.score)
            for trial in leaderboard.trials
        },
        "picture": _figure(leaderboard_picture(leaderboard), leaderboard_picture(leaderboard, narrow=True)),
    }
