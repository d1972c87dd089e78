import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import matplotlib
import numpy as np
import pytest
from sample_report import sample_leaderboard, sample_report, sample_run, series

from keras_tips.records import Leaderboard, Run, Trial
from keras_tips.report.content import ReportedRun
from keras_tips.report.pictures import LINES_OF_A_PANEL, _apart, _thinned, curves_picture, gradient_picture, leaderboard_picture

SVG = "{http://www.w3.org/2000/svg}"


def all_pictures(narrow=False):
    runs = sample_report().runs
    return [gradient_picture(runs, narrow), curves_picture(runs[1], narrow), leaderboard_picture(sample_leaderboard(), narrow)]


def texts(svg):
    return [node.text for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("narrow", [False, True])
def test_pictures_are_svg_with_a_name_and_a_description(narrow):
    for svg in all_pictures(narrow):
        root = ElementTree.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        named = root.get("aria-labelledby").split()
        described = {node.get("id"): node.text for node in root if node.tag in (f"{SVG}title", f"{SVG}desc")}
        assert [bool(described[name]) for name in named] == [True, True]
        assert "<script" not in svg
        assert "DejaVu" not in svg


def test_same_input_same_bytes_whatever_the_user_has_set():
    first = all_pictures()
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True, "lines.linewidth": 9, "svg.fonttype": "path"}):
        assert all_pictures() == first
        assert matplotlib.rcParams["font.size"] == 30


def test_pyplot_is_left_alone():
    code = (
        "import sys; from keras_tips.report.pictures import leaderboard_picture\n"
        "from keras_tips.records import Leaderboard, Trial\n"
        "leaderboard_picture(Leaderboard((Trial('0', 'completed', 1.0),)))\n"
        "print([name for name in ('matplotlib.pyplot', 'keras', 'tensorflow', 'torch', 'jax') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_before_and_after_share_one_axis_and_name_their_layers():
    shown = texts(gradient_picture(sample_report().runs))
    assert shown.count("dense_1") == shown.count("dense_6") == 2
    assert shown.count("10⁻⁸") == 2
    assert "sick" in shown
    assert "treated" in shown


def test_the_description_says_how_far_the_gradients_reach():
    svg = gradient_picture(sample_report().runs[:1])
    assert "in dense_1 to" in svg
    assert "in dense_6" in svg


def test_the_best_epoch_is_marked():
    run = sample_run(vanishing=False)
    best = int(np.argmin(run.values("loss", "validation"))) + 1
    assert texts(curves_picture(ReportedRun("treated", run))).count(f"best: {best}") == 2


def test_many_layers_keep_their_labels_apart():
    layers = tuple(f"dense_{number}" for number in range(40))
    shown = texts(gradient_picture([ReportedRun("deep", sample_run(False, layers))]))
    assert 2 <= sum(text in layers for text in shown) <= 8
    assert "dense_0" in shown
    assert "dense_39" in shown


def test_names_that_are_no_names_for_svg_or_mathematics():
    names = ("a$b$c", "<script>alert(1)</script>", "x\x00y", "层", "a" * 100)
    svg = gradient_picture([ReportedRun("<b>", sample_run(False, names))])
    assert "<script" not in svg
    assert {"a$b$c", "x\ufffdy", "层"} <= set(texts(svg))
    assert max(map(len, texts(svg))) <= 25


def test_broken_numbers_are_drawn():
    values = [[np.nan], [np.inf], [0.0], [1e-3]]
    run = Run(
        (
            series("gradient_norm", ["a/kernel"], range(4), values),
            series("loss", ["train", "validation"], [1, 3], [[np.nan] * 2] * 2),
        )
    )
    assert "10⁻" in gradient_picture([ReportedRun("broken", run)])
    assert "not a number" in curves_picture(ReportedRun("broken", run))
    nothing = Run((series("gradient_norm", ["a/kernel"], range(2), [[0.0], [np.nan]]),))
    assert gradient_picture([ReportedRun("broken", nothing)])


def test_without_data_there_is_no_picture():
    assert gradient_picture([ReportedRun("empty")]) == ""
    assert curves_picture(ReportedRun("empty")) == ""
    assert leaderboard_picture(Leaderboard()) == ""
    assert leaderboard_picture(Leaderboard((Trial("0", "failed"),))) == ""


def test_one_metric_without_validation_is_enough():
    run = Run((series("mae", ["train"], [9, 19], [[2.0], [1.0]]),))
    svg = curves_picture(ReportedRun("small", run))
    assert "Mae: train from 2 in epoch 1 to 1 in epoch 2." in svg
    assert "best" not in " ".join(texts(svg))


@pytest.mark.parametrize("runs", [1, 2, 3, 4])
def test_any_number_of_runs_fits(runs):
    reported = [ReportedRun(f"run {number}", sample_run(bool(number % 2))) for number in range(runs)]
    for narrow in (False, True):
        assert texts(gradient_picture(reported, narrow)).count("dense_1") == runs


def test_thinning_keeps_ends_spikes_and_gaps():
    values = np.sin(np.arange(10_000) / 50)
    values[4321], values[7000], values[5000:5100] = 40.0, -40.0, np.nan
    steps, kept = _thinned(np.arange(10_000), values)
    assert len(steps) <= 700
    assert (np.diff(steps) > 0).all()
    assert {0, 4321, 7000, 9999} <= set(steps.tolist())
    assert np.isnan(kept).any()
    assert np.nanmax(kept) == 40.0


def test_short_curves_are_not_thinned():
    steps, values = _thinned(np.arange(10), np.arange(10.0))
    assert steps.tolist() == list(range(10))
    assert values.tolist() == list(range(10))


def test_labels_are_moved_apart_and_no_further():
    assert _apart([0.1, 0.5, 0.9], 0.0, 1.0) == pytest.approx([0.1, 0.5, 0.9])
    room = 1 / LINES_OF_A_PANEL
    moved = _apart([0.5, 0.5, 0.5], 0.0, 1.0)
    assert moved == pytest.approx([0.5 - room, 0.5, 0.5 + room])
    moved = _apart([0.98, 0.99, 1.0], 0.0, 1.0)
    assert moved == pytest.approx([1 - 2 * room, 1 - room, 1.0])
    assert _apart([], 0.0, 1.0) == []
