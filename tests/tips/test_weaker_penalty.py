import pytest
from plain_models import dense, experiment, field, layer, layers_of
from sick_experiments import PENALIZED, SICK

from keras_tips.tips import get

weaker_penalty = get("weaker_penalty")


def penalty(kind, **config):
    return {"class_name": kind, "config": config}


@pytest.mark.parametrize(
    "before, after",
    [
        (penalty("L1L2", l1=1.0, l2=0.0), {"l1": 0.1, "l2": 0.0}),
        (penalty("Lp", p=3, strength=2.0), {"p": 3, "strength": 0.2}),
        (penalty("OrthogonalRegularizer", factor=1.0, mode="rows"), {"factor": 0.1, "mode": "rows"}),
        ("l2", {"l2": 0.001}),
    ],
)
def test_of_every_kind(before, after):
    changed = weaker_penalty.apply(experiment(dense("a"), dense("out", kernel_regularizer=before)))
    assert field(changed, "kernel_regularizer")["out"]["config"] == pytest.approx(after)


def test_on_outputs_of_layers_and_weight_decay():
    given = experiment(layer("ActivityRegularization", "quiet", l1=1.0, l2=0.0), dense("out", activity_regularizer="l1"))
    adamw = {"class_name": "AdamW", "config": {"weight_decay": 0.5}}
    changed = weaker_penalty.apply(given.replace(compile={"optimizer": adamw}))
    assert layers_of(changed)[0]["config"]["l1"] == pytest.approx(0.1)
    assert field(changed, "activity_regularizer")["out"]["config"]["l1"] == pytest.approx(0.001)
    assert changed.compile["optimizer"]["config"]["weight_decay"] == pytest.approx(0.05)


def test_nothing_to_weaken():
    assert weaker_penalty.apply(SICK) == SICK
    assert weaker_penalty.apply(PENALIZED, factor=0.0) != PENALIZED
