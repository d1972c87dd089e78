"""Reading a run."""

import sys

import numpy as np
import pytest

from keras_tips.records import Record, Run


def series(quantity, places, steps, values):
    return Record("series", {"quantity": quantity, "places": places, "steps": steps, "values": values})


RUN = Run(
    (
        Record("start", {"step": 0}),
        Record("fact", {"name": "optimizer", "value": {"name": "sgd"}}),
        series("gradient_norm", ["a/kernel", "b/kernel"], [0, 2], [[1.0, 10.0], [2.0, float("nan")]]),
        series("gradient_norm", ["a/kernel"], [5], [[3.0]]),
        series("loss", ["train"], [5], [[0.5]]),
        Record("fact", {"name": "optimizer", "value": {"name": "adam"}}),
        Record("note", {"text": "something"}),
    )
)


def test_series_are_joined_over_records():
    steps, values = RUN.series("gradient_norm", "a/kernel")
    assert steps.tolist() == [0, 2, 5]
    assert steps.dtype == np.int64
    assert values.tolist() == [1.0, 2.0, 3.0]
    assert values.dtype == np.float64


def test_what_is_not_finite_stays():
    assert np.isnan(RUN.values("gradient_norm", "b/kernel")[1])


def test_steps_are_strictly_increasing_and_the_last_writing_counts():
    run = Run((series("loss", ["train"], [4], [[1.0]]), series("loss", ["train"], [2, 4], [[3.0], [2.0]])))
    steps, values = run.series("loss", "train")
    assert steps.tolist() == [2, 4]
    assert values.tolist() == [3.0, 2.0]


def test_a_fit_that_begins_earlier_takes_back_what_came_later():
    resumed = Run((*RUN.records, Record("start", {"step": 2}), series("gradient_norm", ["a/kernel"], [2, 4], [[7.0], [8.0]])))
    steps, values = resumed.series("gradient_norm", "a/kernel")
    assert (steps.tolist(), values.tolist()) == ([0, 2, 4], [1.0, 7.0, 8.0])
    assert resumed.series("gradient_norm", "b/kernel")[0].tolist() == [0]
    assert "loss" not in resumed.quantities


def test_a_second_fit_takes_nothing_back():
    assert Run((*RUN.records, Record("start", {"step": 6}))).series("loss", "train")[0].tolist() == [5]


def test_a_table_of_everything():
    pytest.importorskip("pandas")
    table = RUN.to_pandas()
    assert list(table.columns) == ["quantity", "place", "step", "value"]
    assert table.dtypes["step"] == np.int64
    for (quantity, place), part in table.groupby(["quantity", "place"]):
        steps, values = RUN.series(quantity, place)
        np.testing.assert_array_equal(part["step"], steps)
        np.testing.assert_array_equal(part["value"], values)
    assert len(table) == 6
    assert len(Run().to_pandas()) == 0


def test_without_pandas_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"Run\.to_pandas needs pandas"):
        RUN.to_pandas()


def test_places_and_quantities_keep_their_order():
    assert RUN.places("gradient_norm") == ("a/kernel", "b/kernel")
    assert RUN.quantities == ("gradient_norm", "loss")


@pytest.mark.parametrize(
    "quantity, place, words",
    [
        ("gradient_nrm", "a/kernel", "'gradient_nrm'.*'gradient_norm'"),
        ("gradient_norm", "a/kernl", "'a/kernl'.*'a/kernel'"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(quantity, place, words):
    with pytest.raises(KeyError, match=words):
        RUN.series(quantity, place)


def test_unknown_quantity_has_no_places():
    with pytest.raises(KeyError, match="lss"):
        RUN.places("lss")
    assert RUN.values("lss", "train").size == 0


def test_later_facts_replace_earlier_ones():
    assert RUN.fact("optimizer") == {"name": "adam"}
    assert RUN.fact("layers", "none") == "none"


def test_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        RUN.series("loss", "train")[1][0] = 7.0


@pytest.mark.parametrize(
    "kinds, status",
    [((), "running"), (("start",), "running"), (("start", "end"), "raised"), (("start", "end", "start"), "running")],
)
def test_status_is_that_of_the_last_fit(kinds, status):
    bodies = {"start": {"step": 0}, "end": {"status": "raised", "reason": ""}}
    assert Run(tuple(Record(kind, bodies[kind]) for kind in kinds)).status == status


def test_notes_are_for_people():
    assert RUN.notes == ("something",)


def test_unknown_kind_of_record_is_refused():
    with pytest.raises(ValueError, match="kind='serie'"):
        Record("serie", {})
