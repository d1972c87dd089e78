"""When training stops, on series of numbers: against Keras's callback, and what is added to it."""

import copy
import math
import os
import re
import warnings

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_model import StubModel, drive

from keras_tips.callbacks import EarlyStopping

FINITE = st.one_of(
    st.floats(-1e6, 1e6, width=32),
    st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 1.1]),  # often equal, or apart by just the least change
)


@settings(deadline=None)
@given(
    series=st.lists(FINITE, min_size=1, max_size=12),
    mode=st.sampled_from(["auto", "min", "max"]),
    min_delta=st.sampled_from([0, 0.1, -0.1, 1e-3, 2]),
    patience=st.integers(0, 4),
    baseline=st.none() | FINITE,
    restore=st.booleans(),
    start=st.integers(0, 3),
    missing=st.sets(st.integers(0, 11), max_size=3),
)
def test_finite_series_end_as_with_keras(series, mode, min_delta, patience, baseline, restore, start, missing):
    logs = [{"loss": 0.0} if epoch in missing else {"val_loss": value} for epoch, value in enumerate(series)]
    arguments = ("val_loss", min_delta, patience, 0, mode, baseline, restore, start)
    ours, theirs = EarlyStopping(*arguments), keras.callbacks.EarlyStopping(*arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (trained, model), (trained_by_keras, model_of_keras) = drive(ours, logs), drive(theirs, logs)
    assert trained == trained_by_keras
    assert model.weights == model_of_keras.weights
    for name in ("best", "best_epoch", "best_weights", "stopped_epoch", "wait"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert (ours.reason is None) == (not model_of_keras.stop_training)


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.5, 0.4, 0.3, math.nan, math.inf, -math.inf]), max_size=8), st.integers(0, 3))
def test_values_that_are_not_finite_are_never_the_best(series, patience):
    stopper = EarlyStopping(patience=patience, restore_best_weights=True)
    trained, model = drive(stopper, [{"val_loss": value} for value in series])
    finite = [(value, epoch) for epoch, value in enumerate(series[:trained]) if math.isfinite(value)]
    best, epoch = min(finite, default=(None, 0))
    assert (stopper.best, stopper.best_epoch) == (best, epoch)
    assert model.weights == (epoch if finite else trained - 1)


def test_a_first_value_of_nan_does_not_remain_the_best():
    series = [{"val_loss": value} for value in (math.nan, 3.0, 2.0, 1.0, 0.5)]
    theirs = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    assert (drive(theirs, series)[0], theirs.model.weights) == (4, 0), "Keras was repaired: say so in the documents"
    stopper = EarlyStopping(patience=3, restore_best_weights=True)
    trained, model = drive(stopper, series)
    assert (trained, model.weights, stopper.best, stopper.reason) == (5, 4, 0.5, None)


def test_nan_alone_ends_by_patience():
    stopper = EarlyStopping(patience=2, restore_best_weights=True)
    trained, model = drive(stopper, [{"val_loss": math.nan}] * 9)
    assert (trained, model.weights, stopper.best) == (2, 1, None)
    assert stopper.reason == "val_loss was not finite once in 2 epochs."
    patient = EarlyStopping(patience=1)
    assert drive(patient, [{"val_loss": value} for value in (math.nan, 0.5, 0.4)])[0] == 3, "never after one epoch, as in Keras"


@pytest.mark.parametrize(
    "mode, series, best_epoch",
    [
        ("min", [100.0, 96.0, 92.0, 90.1, 89.9], 4),  # 10 % below 100 is 90; Keras's absolute 0.1 would take each
        ("max", [100.0, 104.0, 109.9, 110.5], 3),
        ("min", [-100.0, -109.0, -111.0, -120.0], 2),  # relative to the size
        ("min", [0.0, -1e-3], 1),
    ],
)
def test_a_relative_change(mode, series, best_epoch):
    stopper = EarlyStopping(min_delta=0.1, min_delta_mode="relative", mode=mode, patience=9)
    drive(stopper, [{"val_loss": value} for value in series])
    assert (stopper.best, stopper.best_epoch) == (series[best_epoch], best_epoch)


SEVERAL = [  # accuracy improves until epoch 1, loss until epoch 3
    {"val_loss": 1.0, "val_accuracy": 0.5},
    {"val_loss": 0.9, "val_accuracy": 0.6},
    {"val_loss": 0.8, "val_accuracy": 0.6},
    {"val_loss": 0.7, "val_accuracy": 0.5},
    *[{"val_loss": 0.7, "val_accuracy": 0.5}] * 6,
]


@pytest.mark.parametrize(
    "stop_when, trained, told", [("all_stagnate", 6, "val_loss did"), ("any_stagnates", 4, "val_accuracy did")]
)
def test_several_metrics(stop_when, trained, told):
    stopper = EarlyStopping(
        {"val_loss": "min", "val_accuracy": "max"}, patience=2, restore_best_weights=True, stop_when=stop_when
    )
    epochs, model = drive(stopper, SEVERAL)
    assert epochs == trained
    assert model.weights == 3, "the best weights are those of the first metric"
    assert stopper.bests == {"val_loss": 0.7, "val_accuracy": 0.6}
    assert stopper.reason.startswith(told)
    assert stopper.wait == 2


@settings(deadline=None)
@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=10), st.integers(0, 3), st.booleans())
def test_several_metrics_are_as_many_callbacks(series, patience, any_is_enough):
    """One stops when the first of two single callbacks does, or when both are at the end of their patience."""
    logs = [{"a": a, "b": b} for a, b in series]
    stop_when = "any_stagnates" if any_is_enough else "all_stagnate"
    stopper = EarlyStopping({"a": "min", "b": "max"}, patience=patience, stop_when=stop_when)
    trained, _ = drive(stopper, logs)
    expected = len(series)
    for epoch in range(1, len(series)):
        waits = []
        for name, better in (("a", min), ("b", max)):
            values = [each[name] for each in logs[: epoch + 1]]
            waits.append(epoch - values.index(better(values)))
        stagnant = [wait >= max(patience, 1) for wait in waits]
        if any(stagnant) if any_is_enough else all(stagnant):
            expected = epoch + 1
            break
    assert trained == expected


def test_numbers_for_each_of_several_metrics():
    modes = {"val_loss": "min", "val_accuracy": "max"}
    stopper = EarlyStopping(modes, min_delta={"val_accuracy": 0.2}, baseline={"val_loss": 0.65}, patience=1)
    drive(stopper, SEVERAL)
    assert stopper.bests == {"val_loss": 0.7, "val_accuracy": 0.5}
    assert stopper.reason == (
        "val_loss was not better than the baseline 0.65 in 5 epochs (best: 0.7 at epoch 4); "
        "val_accuracy did not improve for 4 epochs (best: 0.5 at epoch 1)."
    )


@pytest.mark.parametrize(
    "arguments, series, trained, reason",
    [
        ({"check_finite": True}, [1.0, math.nan, 0.5], 2, "val_loss was nan at epoch 2."),
        ({"check_finite": True}, [math.inf], 1, "val_loss was inf at epoch 1."),
        ({"check_finite": True, "start_from_epoch": 5}, [1.0, -math.inf, 0.5], 2, "val_loss was -inf at epoch 2."),
        ({"divergence_threshold": 10}, [1, 10, 10.5], 3, "val_loss was 10.5 at epoch 3, above the divergence threshold 10."),
        (
            {"divergence_threshold": 0.1, "mode": "max"},
            [0.1, 0.05],
            2,
            "val_loss was 0.05 at epoch 2, below the divergence threshold 0.1.",
        ),
        (
            {"stopping_threshold": 0.5},
            [1, 0.6, 0.5],
            3,
            "The stopping threshold was reached at epoch 3: val_loss was 0.5 (wanted: 0.5).",
        ),
        (
            {"stopping_threshold": 0.5, "start_from_epoch": 2},
            [0.1, 0.4, 0.3, 0.2],
            3,
            "The stopping threshold was reached at epoch 3",
        ),
        ({"patience": 1}, [0.5, 0.6], 2, "val_loss did not improve for 1 epoch (best: 0.5 at epoch 1)."),
        (
            {"patience": 2, "baseline": 0.1},
            [0.5, 0.4, 0.4],
            3,
            "val_loss was not better than the baseline 0.1 in 3 epochs (best: 0.4 at epoch 2).",
        ),
    ],
)
def test_says_why_it_stopped(arguments, series, trained, reason, capsys):
    stopper = EarlyStopping(**{"patience": 9, "verbose": 1, **arguments})
    epochs, _ = drive(stopper, [{"val_loss": value} for value in series])
    assert epochs == trained
    assert stopper.reason.startswith(reason)
    assert capsys.readouterr().out == f"Epoch {trained}: early stopping. {stopper.reason}\n"
    assert stopper.stopped_epoch == trained - 1


def test_thresholds_of_several_metrics_are_reached_together():
    modes = {"val_loss": "min", "val_accuracy": "max"}
    wanted = {"val_loss": 0.8, "val_accuracy": 0.6}
    stopper = EarlyStopping(modes, patience=9, stopping_threshold=wanted)
    assert drive(stopper, SEVERAL)[0] == 3
    stopper = EarlyStopping(modes, patience=9, divergence_threshold={"val_accuracy": 0.55})
    assert drive(stopper, SEVERAL)[0] == 1


def test_a_metric_that_is_not_there_is_told_once():
    stopper = EarlyStopping("val_acuracy", mode="max")
    with pytest.warns(UserWarning, match="EarlyStopping") as caught:
        trained, _ = drive(stopper, [{"loss": 1.0, "val_accuracy": 0.5}] * 4)
    assert trained == 4
    assert [str(each.message) for each in caught] == [
        "EarlyStopping found no 'val_acuracy' in the logs of epoch 1. "
        "There is: loss, val_accuracy. Did you mean 'val_accuracy'?"
    ]
    with pytest.warns(UserWarning, match=r"There is: loss\. Give `fit` validation data\."):
        drive(EarlyStopping(), [{"loss": 1.0}] * 2)


def test_a_metric_that_is_never_there_has_no_say():
    stopper = EarlyStopping({"val_loss": "min", "typo": "min"}, patience=1)
    with pytest.warns(UserWarning, match="no 'typo'"):
        assert drive(stopper, SEVERAL)[0] == 5


def test_the_direction_of_an_unknown_metric():
    expected = (
        "Expected a metric whose direction Keras knows, or mode='min' or mode='max' beside it. Received: monitor='val_mae'."
    )
    with pytest.raises(ValueError, match=re.escape(expected)):
        drive(EarlyStopping("val_mae"), [{"val_mae": 1.0}])
    with pytest.raises(ValueError, match=r"Did you mean 'val_loss'\?"):
        drive(EarlyStopping("val_los"), [{"val_loss": 1.0}])


def test_a_stop_that_another_callback_revokes():
    stopper, model = EarlyStopping(patience=1), StubModel()
    stopper.set_model(model)
    stopper.on_train_begin()
    for epoch, value in enumerate((1.0, 2.0)):
        stopper.on_epoch_end(epoch, {"val_loss": value})
    assert model.stop_training
    model.stop_training = False
    stopper.on_epoch_end(2, {"val_loss": 0.5})
    assert not model.stop_training
    assert stopper.best == 0.5


def test_numbers_of_every_kind():
    kinds = [np.float32(3.0), np.float64(2.0), np.array([1.0]), keras.ops.convert_to_tensor(0.5), 0]
    stopper = EarlyStopping(patience=9)
    drive(stopper, [{"val_loss": value} for value in kinds])
    assert stopper.best == 0.0
    assert type(stopper.best) is float
    with pytest.raises(ValueError, match="a metric that is one number"):
        drive(stopper, [{"val_loss": [1.0, 2.0]}])


def test_is_one_of_keras_and_can_be_copied():
    stopper = EarlyStopping({"val_loss": "min"}, patience=1)
    assert isinstance(stopper, keras.callbacks.EarlyStopping)
    again = copy.deepcopy(stopper)
    drive(again, [{"val_loss": 1.0}])
    assert (again.best, stopper.best) == (1.0, None)


def test_serves_several_fits():
    stopper = EarlyStopping(patience=1)
    for mode_value in (0.5, 5.0):
        assert drive(stopper, [{"val_loss": mode_value}] * 5)[0] == 2
        assert stopper.best == mode_value


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"monitor": ""}, "Received: monitor=''."),
        ({"monitor": 3}, "Received: monitor=3."),
        ({"monitor": []}, "Received: monitor=[]."),
        ({"monitor": ["loss", "loss"]}, "Received: monitor=['loss', 'loss']."),
        ({"monitor": ["loss", None]}, "Received: monitor=['loss', None]."),
        ({"monitor": {"loss": "mim"}}, "Received: monitor='mim'. Did you mean 'min'?"),
        ({"monitor": {"loss": "min"}, "mode": "max"}, "Received: mode='max'."),
        ({"min_delta": math.nan}, "Received: min_delta=nan."),
        ({"min_delta": "0"}, "Received: min_delta='0'."),
        ({"patience": 1.5}, "Received: patience=1.5."),
        ({"patience": -1}, "Received: patience=-1."),
        ({"patience": True}, "Received: patience=True."),
        ({"verbose": "yes"}, "Received: verbose='yes'."),
        ({"mode": "mx"}, "Received: mode='mx'. Did you mean 'max'?"),
        ({"baseline": math.nan}, "Received: baseline=nan."),
        ({"restore_best_weights": "no"}, "Received: restore_best_weights='no'."),
        ({"start_from_epoch": -1}, "Received: start_from_epoch=-1."),
        ({"min_delta_mode": "relativ"}, "Did you mean 'relative'?"),
        ({"stop_when": "any"}, "Received: stop_when='any'."),
        ({"check_freq": 0}, "Received: check_freq=0."),
        ({"check_freq": "epochs"}, "Did you mean 'epoch'?"),
        ({"check_freq": 10}, "Monitor 'loss', or check each epoch."),
        ({"stopping_threshold": math.inf}, "Received: stopping_threshold=inf."),
        ({"divergence_threshold": True}, "Received: divergence_threshold=True."),
        ({"monitor": ["loss", "mae"], "baseline": 1.0}, "Received: baseline=1.0."),
        ({"monitor": ["loss", "mae"], "baseline": {"mea": 1.0}}, "Received: baseline={'mea': 1.0}. Did you mean 'mae'?"),
        ({"check_finite": 1}, "Received: check_finite=1."),
        ({"restore_on_exception": None}, "Received: restore_on_exception=None."),
        ({"state_dir": 3}, "Received: state_dir=3."),
        ({"state_dir": ""}, "Received: state_dir=''."),
        ({"state_dir": __file__}, f"Received: state_dir={os.fspath(__file__)!r}."),
    ],
)
def test_refuses_bad_arguments(arguments, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        EarlyStopping(**arguments)
