import pytest
from doctor_runs import INF, NAN, contract, fact, found, layer, losses, one_hot_target, run, series
from small_training import trained

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.exploding_gradient import exploding_gradient as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
DEEP = {"widths": (16,) * 6, "gain": 4.0}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [1e-4, 0.01, 0.3])
def test_a_network_whose_layers_multiply_the_gradient(rate, seed):
    (finding,) = rule.examine(trained(**DEEP, rate=rate, seed=seed))
    assert (finding.stage, finding.tips[0]) == ("training", "clip_gradients")
    assert finding.severity == "critical"
    assert finding.evidence["slope"] > 1000
    assert finding.layers


@pytest.mark.parametrize("rate", [30.0, 1000.0])
def test_a_gradient_that_grows_with_the_weights(rate):
    (finding,) = rule.examine(trained(rate=rate))
    assert finding.evidence["growth"] > 100


HEALTHY = {
    "usual": {},
    "deep": {"widths": (16,) * 6},
    "large initial weights that training copes with": {"gain": 5.0},
    "a signal that shrinks": {"widths": (16,) * 6, "gain": 0.3},
    "labels without meaning": {"shuffled_labels": True},
    "single rows": {"batch": 1, "epochs": 4, "rate": 0.03},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_or_another_ailment(name):
    assert found(rule, trained(**HEALTHY[name])) == []


def growing(gradients, moved=0.2, loss=(2.3, 2.3), batch=2.3, weight=1.0, others=(), facts=CLASSES):
    """A run of one layer with these gradients at its steps, and further layers with others."""
    every = [gradients, *others]
    parts = [fact("layers", [layer(f"h{i}", variables=[f"h{i}/k"]) for i in range(len(every))])]
    for i, values in enumerate(every):
        parts += [series("gradient_norm", f"h{i}/k", values), series("weight_norm", f"h{i}/k", [weight] * len(values))]
        parts += [series("update_ratio", f"h{i}/k", [moved] * len(values))]
    batches = [batch] * (len(gradients) - 1)
    return run(facts, parts, series("batch_loss", "train", [2.3, *batches]), losses(loss))


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"gradients": [1.0] * 9 + [70.0] * 3}, False),
        ({"gradients": [1.0] * 10 + [150.0] * 2}, False),  # a short spike
        ({"gradients": [1.0] * 11 + [150.0]}, False),
        ({"gradients": [1.0] * 10 + [150.0, NAN]}, True),  # the last before NaN
        ({"gradients": [1.0] * 9 + [INF] * 3}, True),
        ({"gradients": [150.0] * 12}, False),  # large is not growing
        ({"gradients": [0.0] * 12}, False),
        ({"moved": 0.01}, False),  # tamed by clipping, or by the optimizer
        ({"moved": 0.01, "batch": 5.0}, True),
        ({"moved": 0.01, "loss": (2.3, NAN)}, True),
        ({"loss": (2.3, 0.9)}, False),  # good nonetheless
    ],
)
def test_marks_of_growth(change, sick):
    assert bool(found(rule, growing(**{"gradients": [1.0] * 9 + [150.0] * 3, **change}))) is sick


@pytest.mark.parametrize("weight, sick", [(1500.0, False), (4000.0, True)])
def test_marks_of_a_steep_start(weight, sick):
    """1000 times ln 10 is 2303."""
    assert bool(found(rule, growing([1.0] * 12, weight=weight))) is sick


def test_blames_the_layers_that_take_part():
    grown, calm, half, little = ([1.0] * 9 + [growth] * 3 for growth in (1e5, 1.0, 2e4, 5e3))
    assert found(rule, growing(calm, others=[half, grown, little])) == [("critical", ("h2", "h1"))]
    assert found(rule, growing(grown, others=[grown])) == [("critical", ())], "of all layers none is to blame"


def test_a_sicker_run_is_not_judged_healthier():
    assert found(rule, growing([1.0] * 9 + [150.0] * 3, loss=(2.3, 1.5))) == [("warning", ())]
    assert found(rule, growing([1.0] * 9 + [1e200] * 3, loss=(2.3, 1.5))) == [("warning", ())]
    assert found(rule, growing([1.0] * 9 + [INF] * 3, loss=(2.3, INF))) == [("critical", ())]


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(growing([1.0] * 12, loss=())), Missing)
