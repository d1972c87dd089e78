import json
import math
from html import unescape

import numpy as np
import pytest
from sample_report import HEALTHY, SICK, sample_leaderboard, sample_run, series
from tensorboard.backend.event_processing import plugin_event_accumulator as event_accumulator
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2

from keras_tips.records import Diagnosis, Finding, Run, Trial
from keras_tips.report.board import write_experiment, write_run, write_trial
from keras_tips.report.event_file import EventFile
from keras_tips.report.layer_norms import layer_norms


def read(folder):
    """Tag -> list of (step, tensor) of one folder, as TensorBoard reads it."""
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance={event_accumulator.TENSORS: 0})
    accumulator.Reload()
    return {
        tag: [(event.step, event.tensor_proto) for event in accumulator.Tensors(tag)] for tag in accumulator.Tags()["tensors"]
    }


def curve(folder, tag):
    return [(step, pytest.approx(tensor.float_val[0], rel=1e-6)) for step, tensor in read(folder)[tag]]


def text(folder, tag):
    ((_, tensor),) = read(folder)[tag]
    return tensor.string_val[0].decode()


def hparams(folder, tag):
    (path,) = folder.glob("*")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    for event in EventFileLoader(str(path)).Load():
        for value in event.summary.value:
            if value.tag == f"_hparams_/{tag}":
                return getattr(plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content), tag)
    return None


def test_epoch_metrics_lie_where_keras_puts_them_with_epochs_as_steps(tmp_path):
    run = sample_run(vanishing=False)
    write_run(tmp_path, run)
    for place in ("train", "validation"):
        assert set(read(tmp_path / place)) == {"epoch_loss", "epoch_accuracy"}
        assert list(enumerate(run.values("loss", place))) == curve(tmp_path / place, "epoch_loss")


def test_validation_every_second_epoch_keeps_its_epochs(tmp_path):
    run = Run(
        (series("loss", ["train"], [9, 19, 29, 39], np.ones((4, 1))), series("loss", ["validation"], [19, 39], [[2.0], [3.0]]))
    )
    write_run(tmp_path, run)
    assert [step for step, _ in curve(tmp_path / "validation", "epoch_loss")] == [1, 3]


def test_own_curves_are_few_and_right(tmp_path):
    run = sample_run(vanishing=True)
    write_run(tmp_path, run, SICK)
    tags = read(tmp_path / "tips")
    assert len(tags) <= 20
    layers = np.array([values for _, values in layer_norms(run).values()])
    variables = np.array([run.values("update_ratio", place) for place in run.places("update_ratio")])
    expected = {
        "tips/gradient_norm": np.sqrt((layers**2).sum(0)),
        "tips/gradient_norm_smallest_layer": layers.min(0),
        "tips/gradient_norm_largest_layer": layers.max(0),
        "tips/update_ratio": np.median(variables, 0),
        "tips/update_ratio_smallest": variables.min(0),
        "tips/update_ratio_largest": variables.max(0),
    }
    steps = run.series("update_ratio", run.places("update_ratio")[0])[0]
    for tag, values in expected.items():
        assert list(zip(steps, values, strict=True)) == curve(tmp_path / "tips", tag)
    assert set(tags) == {*expected, "tips/diagnosis", "diagnosis"}


def test_a_ratio_that_is_not_a_number_hides_the_others_nowhere(tmp_path):
    write_run(tmp_path, Run((series("update_ratio", ["a/w", "b/w"], [0, 1], [[math.nan, 0.5], [math.nan, math.nan]]),)))
    (first, second) = [tensor.float_val[0] for _, tensor in read(tmp_path / "tips")["tips/update_ratio"]]
    assert first == 0.5
    assert math.isnan(second)


def test_the_diagnosis_is_there_as_text_and_as_data(tmp_path):
    write_run(tmp_path, sample_run(vanishing=True), SICK)
    assert Diagnosis.from_json(text(tmp_path / "tips", "diagnosis")) == SICK
    markdown = text(tmp_path / "tips", "tips/diagnosis")
    for part in (
        "vanishing gradient",
        "31 million",
        "3.2e-08",
        "keras-tips explain relu\\_activation".replace("\\", ""),
        "tips.get(",
    ):
        assert part in markdown
    assert json.loads(text(tmp_path / "tips", "diagnosis"))["stage"] == "training"


# 2026-11: TensorBoard brings its own old html5lib, which says so once when it is imported.
@pytest.mark.filterwarnings("ignore:html5lib's sanitizer is deprecated:DeprecationWarning")
def test_markup_in_names_stays_text(tmp_path):
    finding = Finding(
        "dead_units", "warning", "training", "a|b *c* <img src=x>", layers=("<script>alert(1)</script>", "_x_`y`")
    )
    write_run(tmp_path, Run(), Diagnosis((finding,), stage="training"))
    from tensorboard.plugin_util import markdown_to_safe_html

    markdown = text(tmp_path / "tips", "tips/diagnosis")
    assert "<" not in markdown  # not every reader cleans as TensorBoard does
    html = markdown_to_safe_html(markdown)
    assert "<script" not in html
    assert "<img" not in html
    assert "<em>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;, _x_`y`" in html
    assert "a|b *c* <img src=x>" in unescape(html)


def test_writing_again_replaces_ours_and_leaves_theirs(tmp_path):
    with EventFile(tmp_path / "train", "somebody_elses") as theirs:
        theirs.scalar("other", 1.0, 0)
    write_run(tmp_path, sample_run(vanishing=True), SICK)
    write_run(tmp_path, Run((series("loss", ["train"], [9], [[5.0]]),)), HEALTHY)
    assert theirs.path.exists()
    assert curve(tmp_path / "train", "epoch_loss") == [(0, 5.0)]
    assert read(tmp_path / "validation") == {}
    assert Diagnosis.from_json(text(tmp_path / "tips", "diagnosis")) == HEALTHY


def test_a_reader_that_has_read_the_old_file_forgets_it(tmp_path):
    write_run(tmp_path, sample_run(vanishing=True))
    accumulator = event_accumulator.EventAccumulator(str(tmp_path / "train"), size_guidance={event_accumulator.TENSORS: 0})
    accumulator.Reload()
    write_run(tmp_path, Run((series("loss", ["train"], [9, 19], [[5.0], [4.0]]),)))
    accumulator.Reload()
    assert [event.tensor_proto.float_val[0] for event in accumulator.Tensors("epoch_loss")] == [5.0, 4.0]


def test_an_empty_run_writes_nothing(tmp_path):
    write_run(tmp_path, Run())
    assert list(tmp_path.rglob("*tfevents*")) == []


def test_columns_of_the_experiment(tmp_path):
    parameters = {"lr": None, "units": [32, 64], "norm": (True, False), "activation": ["relu"], "mixed": ["auto", 3, None]}
    write_experiment(tmp_path, parameters, ["val_accuracy"])
    experiment = hparams(tmp_path, "experiment")
    types = {info.name: api_pb2.DataType.Name(info.type).removeprefix("DATA_TYPE_") for info in experiment.hparam_infos}
    assert types == {"lr": "FLOAT64", "units": "FLOAT64", "norm": "BOOL", "activation": "STRING", "mixed": "STRING"}
    domains = {info.name: list(info.domain_discrete) for info in experiment.hparam_infos}
    assert domains == {"lr": [], "units": [32, 64], "norm": [True, False], "activation": ["relu"], "mixed": ["auto", "3"]}
    assert [info.name.tag for info in experiment.metric_infos] == ["val_accuracy"]


def test_a_row_per_trial(tmp_path):
    for trial in sample_leaderboard().trials:
        write_trial(tmp_path / trial.trial, trial, {"val_accuracy": trial.score})
    start = hparams(tmp_path / "0004", "session_start_info")
    assert start.group_name == "0004"
    assert {name: value for name, value in dict(start.hparams).items() if name == "norm"}["norm"].bool_value is False
    assert start.hparams["units"].number_value == 64
    assert "pieces" not in hparams(tmp_path / "0001", "session_start_info").hparams
    assert curve(tmp_path / "0004", "val_accuracy") == [(20, 0.981)]
    assert "val_accuracy" not in read(tmp_path / "0006")
    assert hparams(tmp_path / "0006", "session_end_info").status == api_pb2.STATUS_FAILURE
    assert hparams(tmp_path / "0005", "session_end_info").status == api_pb2.STATUS_SUCCESS


def test_a_running_trial_has_no_end_until_it_is_written_again(tmp_path):
    write_trial(tmp_path, Trial("1", "running", values={"lr": 0.1}), {})
    assert hparams(tmp_path, "session_end_info") is None
    write_trial(tmp_path, Trial("1", "completed", 0.5, {"lr": 0.1}, 3), {"val_loss": 0.5}, seconds=12.0)
    start, end = hparams(tmp_path, "session_start_info"), hparams(tmp_path, "session_end_info")
    assert end.end_time_secs - start.start_time_secs == pytest.approx(12.0)


def test_parameters_have_one_type_and_none_is_left_out(tmp_path):
    values = {"mixed": 3, "nothing": None, "np": np.int64(3), "flag": np.True_, "layers": (8, 4)}
    write_trial(tmp_path, Trial("1", "completed", 0.5, values, 1), {"loss": math.nan}, parameters={"mixed": ["auto", 3]})
    written = hparams(tmp_path, "session_start_info").hparams
    assert {name: value.WhichOneof("kind") for name, value in written.items()} == {
        "mixed": "string_value",
        "np": "number_value",
        "flag": "bool_value",
        "layers": "string_value",
    }
    assert "loss" not in read(tmp_path)
