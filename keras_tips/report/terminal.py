"""Reports for the terminal: words first, colour second, so that they also read well piped into a file."""

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.finding import Finding
from keras_tips.records.leaderboard import Leaderboard, Trial
from keras_tips.report.content import Report
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

__all__ = ["diagnosis_text", "leaderboard_table", "report_text"]

STYLES = {"critical": "bold red", "warning": "bold yellow", "info": "bold blue", "healthy": "bold green"}
LAYERS_AT_MOST = 6  # named per finding; the rest is counted
BOX = box.SIMPLE_HEAD
ROWS_AT_MOST = 20  # of a leaderboard inside a report


def diagnosis_text(diagnosis: Diagnosis, title: str = "Diagnosis") -> RenderableType:
    """Returns a diagnosis for `rich`: verdict, findings with evidence and tips, and what was not examined.

    Args:
    diagnosis: what the doctor said.
    title: stands in the frame, such as the name of the run.

    Example:

    >>> from rich.console import Console
    >>> Console(width=60).print(diagnosis_text(Diagnosis(), title="run 1"))  # doctest: +NORMALIZE_WHITESPACE
    ╭─ run 1 ──────────────────────────────────────────────────╮
    │ ✔ Healthy: nothing serious was found.                    │
    │ Nothing is left to do.                                   │
    ╰──────────────────────────────────────────────────────────╯
    """
    worst = worst_severity(diagnosis)
    parts: list[RenderableType] = [
        Text(f"{ICONS[worst]} {verdict(diagnosis)}", style=STYLES[worst]),
        Text(STAGE_WORDS[diagnosis.stage]),
    ]
    causes = consequence_rules(diagnosis)
    for number, finding in enumerate(diagnosis.findings, 1):
        parts += _finding_parts(number, finding, causes.get(finding.rule))
    if diagnosis.not_examined:
        parts += [Text(), Text("Not examined", style="bold")]
        parts += [_item(Text(f"{plain_name(rule)}: {why}")) for rule, why in diagnosis.not_examined]
    return Panel(Group(*parts), title=Text(title), title_align="left", border_style=STYLES[worst].split()[-1])


def leaderboard_table(leaderboard: Leaderboard, at_most: int | None = None) -> RenderableType:
    """Returns the trials as a table for `rich`, best first.

    Args:
        leaderboard: the trials.
        at_most: show this many rows and count the rest; None shows all.
    """
    shown = leaderboard.trials if at_most is None else leaderboard.trials[:at_most]
    table = Table(
        title=Text(f"Trials, best {plain_name(leaderboard.objective)} first"), title_justify="left", title_style="bold", box=BOX
    )
    table.add_column("#", justify="right")
    table.add_column("trial", overflow="fold")
    table.add_column("status")
    table.add_column(Text(plain_name(leaderboard.objective)), justify="right")
    table.add_column("epochs", justify="right")
    table.add_column("values, or why it ended", overflow="fold", ratio=1)
    for place, trial in enumerate(shown, 1):
        score = NO_VALUE if trial.score is None else measure_text(leaderboard.objective, trial.score)
        style = "bold" if trial is leaderboard.best else ""
        cells = [str(place), trial.trial, trial.status, score, str(trial.epochs), _values(trial)]
        table.add_row(*(Text(cell) for cell in cells), style=style)
    hidden = len(leaderboard.trials) - len(shown)
    return Group(table, Text(f"… and {hidden} more trials.")) if hidden else table


def report_text(report: Report) -> RenderableType:
    """Returns a whole report for `rich`: what was wrong, what was done, what came out, then the details."""
    story = tell_story(report)
    parts: list[RenderableType] = [Text(report.title, style="bold underline"), Text(), Text(story.headline, style="bold")]
    for heading, sentences in story.chapters:
        parts += [Text(), Text(heading, style="bold"), *(_item(Text(sentence)) for sentence in sentences)]
    if report.results:
        parts += [Text(), _results_table(report)]
    for reported in report.runs:
        if reported.diagnosis is not None:
            parts += [Text(), diagnosis_text(reported.diagnosis, title=reported.name)]
    if report.leaderboard is not None and report.leaderboard.trials:
        parts += [Text(), leaderboard_table(report.leaderboard, ROWS_AT_MOST)]
    parts += [Text(note) for note in report.notes]
    if report.folder:
        parts += [Text(), Text(f"All curves in TensorBoard: keras-tips board {report.folder}")]
    return Group(*parts)


def _finding_parts(number: int, finding: Finding, cause: str | None) -> Iterable[RenderableType]:
    heading = Text(f"{number}. {plain_name(finding.rule)} ")
    heading.append(f"{ICONS[finding.severity]} {finding.severity}", style=STYLES[finding.severity])
    heading.append(f", {round(100 * finding.confidence)} % sure")
    if cause:
        heading.append(f", a consequence of {plain_name(cause)}")
    yield Text()
    yield heading
    yield Padding(Text(finding.message), (0, 0, 0, 3))
    rows = list(_facts(finding))
    if rows:
        grid = Table.grid(padding=(0, 1))
        for name, content in rows:
            grid.add_row(Text(name, style="dim"), Text(content))
        yield Padding(grid, (0, 0, 0, 3))


def _facts(finding: Finding) -> Iterable[tuple[str, str]]:
    if finding.layers:
        more = len(finding.layers) - LAYERS_AT_MOST
        rest = f" and {more} more" if more > 0 else ""
        yield "where", ", ".join(finding.layers[:LAYERS_AT_MOST]) + rest
    if finding.evidence:
        yield "evidence", ", ".join(f"{plain_name(name)} {number_text(value)}" for name, value in finding.evidence.items())
    if finding.tips:
        yield "try first", f"{plain_name(finding.tips[0])}   keras-tips explain {finding.tips[0]}"
    if finding.tips[1:]:
        yield "then", ", ".join(finding.tips[1:])


def _item(text: Text) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text("-"), text)
    return Padding(grid, (0, 0, 0, 1))


def _values(trial: Trial) -> str:
    values = ", ".join(f"{name} {value_text(value)}" for name, value in trial.values.items())
    return f"{trial.reason}; {values}" if trial.reason and values else trial.reason or values


def _results_table(report: Report) -> Table:
    measures = list(dict.fromkeys(name for measured in report.results.values() for name in measured))
    table = Table(title=Text("Results"), title_justify="left", title_style="bold", box=BOX)
    table.add_column("")
    for measure in measures:
        table.add_column(Text(plain_name(measure)), justify="right")
    for name, measured in report.results.items():
        cells = [measure_text(measure, measured[measure]) if measure in measured else NO_VALUE for measure in measures]
        table.add_row(*(Text(cell) for cell in [name, *cells]))
    return table
