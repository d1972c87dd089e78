import pytest

from keras_tips.records import Experiment
from keras_tips.tips import get

early_stopping = get("early_stopping")


def test_adds_the_callback_and_keeps_the_others():
    changed = early_stopping.apply(Experiment({}, {}, callbacks={"TerminateOnNaN": {}}), patience=7)
    assert dict(changed.callbacks) == {
        "TerminateOnNaN": {},
        "EarlyStopping": {"monitor": "val_loss", "patience": 7, "min_delta": 0.0, "restore_best_weights": True},
    }


def test_keeps_other_arguments_of_an_early_stopping_that_is_there():
    given = Experiment({}, {}, callbacks={"EarlyStopping": {"start_from_epoch": 3, "patience": 1}})
    arguments = early_stopping.apply(given).callbacks["EarlyStopping"]
    assert (arguments["start_from_epoch"], arguments["patience"]) == (3, 5)


@pytest.mark.parametrize(
    "values, text",
    [
        ({"patience": -1}, "Invalid `patience`"),
        ({"patience": True}, "Invalid `patience`"),
        ({"min_delta": float("nan")}, "Invalid `min_delta`"),
        ({"monitor": 3}, "Invalid `monitor`"),
        ({"monitor": ""}, "Invalid `monitor`"),
    ],
)
def test_refuses_bad_values(values, text):
    with pytest.raises(ValueError, match=text):
        early_stopping.apply(Experiment({}, {}), **values)
