import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_report import HEALTHY, SICK, sample_leaderboard, sample_report

from keras_tips.records import Diagnosis, Finding, Leaderboard, Trial
from keras_tips.report.content import Report
from keras_tips.report.terminal import diagnosis_text, leaderboard_table, report_text


def shown(renderable, width=80, **options):
    console = Console(file=io.StringIO(), width=width, **options)
    console.print(renderable)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_everything_fits_the_width_and_has_no_escape_codes_when_piped(width):
    text = shown(report_text(sample_report()), width)
    assert "\x1b" not in text
    assert max(map(cell_len, text.splitlines())) <= width


def test_words_say_what_colours_say():
    text = shown(diagnosis_text(SICK, title="sick"))
    for part in (
        "sick",
        "1 critical finding and 1 warning",
        "✖ critical, 97 % sure",
        "▲ warning",
        "● info",
        "a consequence of vanishing",
    ):
        assert part in text
    assert "\x1b" in shown(diagnosis_text(SICK), force_terminal=True, color_system="standard")


def test_a_diagnosis_says_what_to_do():
    text = shown(diagnosis_text(SICK))
    for part in (
        "keras-tips explain relu_activation",
        "he_initialization",
        "dense_1, dense_2, dense_3",
        "ratio 3.2e-08",
        "Not examined",
    ):
        assert part in text


def test_a_healthy_run_is_called_healthy():
    assert "Healthy: nothing serious was found." in shown(diagnosis_text(HEALTHY))


def test_many_layers_are_counted():
    finding = Finding("dead_units", "warning", "training", "m", layers=tuple(f"layer_{number}" for number in range(50)))
    text = shown(diagnosis_text(Diagnosis((finding,), stage="training")))
    assert "layer_5 and 44 more" in " ".join(text.replace("│", " ").split())
    assert "layer_6" not in text


def test_square_brackets_are_no_commands():
    finding = Finding("dead_units", "warning", "training", "[bold]x[/bold] [/]", layers=("[red]",), tips=("[link=x]",))
    text = shown(diagnosis_text(Diagnosis((finding,), stage="training"), title="[b]t[/b]"))
    for part in ("[bold]x[/bold] [/]", "[red]", "[b]t[/b]"):
        assert part in text


def test_the_leaderboard_is_best_first():
    text = shown(leaderboard_table(sample_leaderboard()))
    order = [text.index(f" {trial.trial} ") for trial in sample_leaderboard().trials]
    assert order == sorted(order)
    for part in ("98.1 %", "below the median", "the loss became NaN", "pieces 2", "norm no"):
        assert part in " ".join(text.split())


def test_a_long_leaderboard_counts_what_it_leaves_out():
    board = Leaderboard(tuple(Trial(str(number), "completed", float(number)) for number in range(30)))
    text = shown(leaderboard_table(board, at_most=20))
    assert "and 10 more trials" in text
    assert "more trials" not in shown(leaderboard_table(board))


def test_the_report_tells_the_story_in_order():
    text = shown(report_text(sample_report()))
    parts = [
        "Handwritten digits",
        "rose from 10.3 % to 98.1 %",
        "What was wrong",
        "What was done",
        "What came out",
        "Results",
        "Trials",
    ]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "keras-tips board runs/demo" in text


def test_an_empty_report_is_no_error():
    assert "Nothing has been judged yet." in shown(report_text(Report("empty")))
