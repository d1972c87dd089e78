import pytest
from doctor_runs import (
    INF,
    NAN,
    contract,
    fact,
    fit,
    found,
    inputs,
    layer,
    losses,
    one_hot_target,
    optimizer,
    output,
    reference,
    regression_target,
    run,
    series,
    target,
)
from stopped_runs import point

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.capacity_too_low import capacity_too_low as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
STUCK, LEARNS = [2.3, 1.7, 1.7], [2.3, 0.9, 0.2]
KNOWN = {"constant": 0.1, "deviation": 0.02}


def chain(*units):
    hidden = [layer(f"h{number}", units=width, fan_in=8) for number, width in enumerate(units)]
    layers = [*hidden, layer("last", activation="softmax", units=10, fan_in=8, output=True)]
    return [{**each, "inbound": [layers[number - 1]["name"]] if number else ["in"]} for number, each in enumerate(layers)]


def net(layers, scores=(), loss=STUCK, score=0.3, **known):
    readouts = [series("linear_score", f"model/h{number}", [value]) for number, value in enumerate(scores)]
    references = fact("references", [reference(**{**KNOWN, **known})])
    return run(fact("layers", layers), CLASSES, references, losses(loss), series("training_score", "out", [score]), readouts)


def test_a_bottleneck():
    (finding,) = rule.examine(net(chain(64, 1, 64), (0.9, 0.3, 0.3)))
    assert (finding.severity, finding.layers, finding.tips) == ("warning", ("h1",), ("more_units",))
    assert "1 units of h1" in finding.message


SIDE = [
    *[layer("a", units=64, fan_in=8, inbound=["in"]), layer("gate", units=1, fan_in=64, inbound=["a"])],
    *[layer("b", units=64, fan_in=64, inbound=["a", "gate"]), layer("last", units=10, output=True, inbound=["b"], fan_in=64)],
]


@pytest.mark.parametrize(
    "a_run",
    [
        net(chain(64, 1, 64), (0.9, 0.3, 0.3), loss=LEARNS),
        net(chain(64, 1, 64), (0.9, 0.85, 0.85)),  # nothing is lost there
        net(chain(64, 32, 64), (0.9, 0.3, 0.3)),  # lost, but not for want of width
        net(SIDE, (0.9, 0.3, 0.9)),
        net([{**each, "inbound": []} for each in chain(64, 1, 64)], (0.9, 0.3, 0.3)),  # nobody knows the order
    ],
)
def test_healthy(a_run):
    assert found(rule, a_run) == []


@pytest.mark.parametrize("width, sick", [(4, True), (5, False)])
def test_narrow_is_half_of_the_classes(width, sick):
    assert bool(found(rule, net(chain(64, width), (0.9, 0.3)))) is sick


@pytest.mark.parametrize("behind, sick", [(0.75, False), (0.6, True)])
def test_a_fifth_has_to_be_lost(behind, sick):
    assert bool(found(rule, net(chain(64, 2), (0.9, behind)))) is sick


def batch(score, last_loss=1.9):
    return fact(
        "one_batch", {"rows": 32, "steps": 200, "first_loss": 2.3, "last_loss": last_loss, "score": score, "constant": 0.1}
    )


@pytest.mark.parametrize("score, sick", [(0.3, True), (0.5, True), (0.6, False), (1.0, False), (None, False), (NAN, False)])
def test_one_batch_that_cannot_be_fitted(score, sick):
    a_run = run(list(net(chain(16, 8)).records), batch(score))
    assert found(rule, a_run) == ([("warning", ("h1",))] if sick else [])


def test_without_gradients_one_batch_tells_nothing_of_capacity():
    layers = [{**each, "variables": [f"{each['name']}/kernel"]} for each in chain(16)]
    dead = series("gradient_norm", "h0/kernel", [0.0, 0.0])
    assert found(rule, run(list(net(layers).records), batch(0.3), dead)) == []


@pytest.mark.parametrize("kind, sick", [("RandomBrightness", False), ("GaussianNoise", False), ("Rescaling", True)])
def test_a_network_that_augments_never_sees_one_batch_twice(kind, sick):
    layers = [layer("aug", kind, None, 0), *chain(16)]
    assert bool(found(rule, run(list(net(layers).records), batch(0.3)))) is sick


def only(**more):
    return [layer("last", units=10, output=True, fan_in=8, **more)]


@pytest.mark.parametrize(
    "linear, near, score, sick",
    [
        (0.5, 0.95, 0.48, True),
        (0.9, 0.95, 0.7, False),
        (0.5, 0.95, 0.2, False),
        (0.5, 0.66, 0.48, False),
        (0.12, 0.95, 0.0, True),
    ],
)
def test_a_linear_model_of_what_is_not_linear(linear, near, score, sick):
    a_run = net(only(), score=score, linear=linear, linear_held_out=linear, neighbours_held_out=near)
    assert found(rule, a_run) == ([("warning", ("last",))] if sick else [])


def test_an_autoencoder_may_be_narrow():
    goal = {**regression_target(0.0, 1.0, 0.5, 0.3), "width": 64}
    facts = [fact("outputs", [output("sigmoid", "mean_squared_error", 64)]), fact("targets", [goal])]
    facts += [
        fact("inputs", [inputs([0.5] * 64, [0.3] * 64, 0, 1)]),
        fact("references", [reference("numbers", linear_held_out=1.0)]),
    ]
    poor = [*losses([0.09, 0.08]), series("training_score", "out", [0.1]), batch(0.2)]
    assert found(rule, run(facts, fact("layers", chain(2)), poor)) == []
    assert found(rule, run(facts, fact("layers", chain(2)), poor, fact("targets", [{**goal, "width": 3}]))) != []


def test_more_of_it_is_surer():
    (low,), (high,) = (rule.examine(net(chain(64, 2), (0.9, behind))) for behind in (0.6, 0.2))
    assert low.confidence < high.confidence


@pytest.mark.parametrize("value", [NAN, INF])
def test_says_what_is_missing_and_never_raises(value):
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", chain(1)))), Missing)
    assert found(rule, net(chain(64, 1), (value, value), score=value)) == []


REST, FALLS = [0.69, 0.6, 0.5, 0.45, 0.449, 0.449, 0.448, 0.448], [0.69, 0.66, 0.62, 0.58, 0.54, 0.5, 0.47, 0.44]


def two_classes(units, behind, loss):
    references = fact("references", [reference(constant=0.5, deviation=0.03, linear_held_out=0.5, neighbours_held_out=0.99)])
    known = [fact("outputs", [output("sigmoid", "binary_crossentropy", 1)]), fact("targets", [target()])]
    seen = [series("training_score", "out", [0.79]), series("linear_score", "model/h0", [behind])]
    return run(fact("layers", chain(units)), known, references, losses(loss), seen)


@pytest.mark.parametrize(
    "units, behind, loss, sick",
    [
        (2, 0.7, REST, True),
        (3, 0.7, REST, True),
        (5, 0.7, REST, False),
        (2, 0.97, REST, False),
        (2, 0.7, FALLS, False),
        (2, 0.7, REST[-5:], False),
    ],
)
def test_too_few_units_to_close_off_a_region(units, behind, loss, sick):
    assert found(rule, two_classes(units, behind, loss)) == ([("warning", ("h0",))] if sick else [])


@pytest.mark.parametrize("curvature, sick", [(1.0, False), (3.0, True)])
def test_steps_too_short_to_bring_anything_are_no_rest(curvature, sick):
    descent = [optimizer(learning_rate=0.01), point(largest=curvature), fit(), series("learning_rate", "train", [0.01] * 4)]
    a_run = run(list(two_classes(2, 0.7, REST).records), descent)
    assert bool(found(rule, a_run)) is sick
