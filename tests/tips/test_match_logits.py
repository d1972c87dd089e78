import pytest
from plain_models import dense, field
from sick_experiments import loss_object, with_loss

from keras_tips.tips import get

match_logits = get("match_logits")
LOGITS = loss_object("SparseCategoricalCrossentropy", from_logits=True, reduction="sum")


def agreement(changed):
    config = changed.compile["loss"]["config"] if isinstance(changed.compile["loss"], dict) else {}
    return field(changed, "activation")["out"], config.get("from_logits", False)


@pytest.mark.parametrize("found", ["linear", "relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("predictions, expected", [("probabilities", ("softmax", False)), ("logits", ("linear", True))])
def test_a_loss_of_probabilities(found, predictions, expected):
    given = with_loss("categorical_crossentropy", dense("out", found, units=3))
    assert agreement(match_logits.apply(given, predictions=predictions)) == expected


@pytest.mark.parametrize("predictions, expected", [("probabilities", ("softmax", False)), ("logits", ("linear", True))])
def test_a_loss_of_logits(predictions, expected):
    changed = match_logits.apply(with_loss(LOGITS, dense("out", "softmax", units=3)), predictions=predictions)
    assert agreement(changed) == expected
    assert changed.compile["loss"]["config"]["reduction"] == "sum"


@pytest.mark.parametrize("predictions", ["probabilities", "logits"])
@pytest.mark.parametrize(
    "loss, activation", [("binary_crossentropy", "sigmoid"), ("categorical_crossentropy", "softmax"), (LOGITS, "linear")]
)
def test_a_pair_that_agrees_stays(loss, activation, predictions):
    given = with_loss(loss, dense("out", activation, units=3))
    assert match_logits.apply(given, predictions=predictions) == given


def test_refuses_losses_of_other_kinds_and_a_softmax_over_one_unit():
    with pytest.raises(ValueError, match=r"one of the losses.*Received: experiment='mse'"):
        match_logits.apply(with_loss("mse", dense("out", "softmax", units=3)))
    with pytest.raises(ValueError, match=r"at least two units.*sigmoid_output"):
        match_logits.apply(with_loss(LOGITS, dense("out", "linear", units=1)))
