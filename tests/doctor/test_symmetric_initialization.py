import pytest
from doctor_runs import fact, found, layer, run, series
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.symmetric_initialization import symmetric_initialization as rule
from keras_tips.records.record import Record


def dense(name, alike=True, **more):
    known = {"variables": [f"{name}/kernel"], "identical_units": alike, "kernel_deviation": 0.0 if alike else 0.1, "fan_in": 8}
    return layer(name, **{**known, **more})


def chain(*layers):
    """Each reads the one before; the last is the output."""
    linked = []
    for number, each in enumerate(layers):
        linked.append({**each, "inbound": [layers[number - 1]["name"]] if number else [], "output": number == len(layers) - 1})
    return fact("layers", linked)


SICK = chain(dense("a"), dense("b"), dense("out"))


@pytest.mark.parametrize("records, severity", [(BAD, "critical"), (UNSEEN, "critical"), (GOOD, "info")])
def test_all_hidden_layers(records, severity):
    assert found(rule, run(SICK, records)) == [(severity, ("a", "b"))]


def test_one_unit_at_the_end_is_told_by_its_kernel():
    one = dense("out", False, units=1, kernel_deviation=0.0)
    assert found(rule, run(chain(dense("a"), one))) == [("critical", ("a",))]


def test_random_weights_behind_break_it():
    assert found(rule, run(chain(dense("a"), dense("out", False)), BAD)) == []
    # Here they tell the units of b apart, and leave those of a alike, as b reads them alike.
    assert found(rule, run(chain(dense("a"), dense("b"), dense("out", False)), BAD)) == [("warning", ("a",))]


def test_what_stands_between_does_not_matter():
    between = [
        layer("pool", "MaxPooling2D", None, 0),
        layer("norm", "BatchNormalization", None),
        layer("act", "ReLU", "relu", 0),
    ]
    assert found(rule, run(chain(dense("a"), *between, dense("out")), BAD)) == [("critical", ("a",))]


def test_dense_layers_of_ones_own():
    mine = {"kind": "Linear", "kernel_deviation": None, "fan_in": None}
    sick = chain(dense("a", **mine), layer("act", "ReLU", "relu", 0), dense("b", **mine), dense("out", False))
    assert found(rule, run(sick, BAD)) == [("warning", ("a",))]
    random_behind = chain(dense("a", **mine), dense("b", False, **mine), dense("out"))
    assert found(rule, run(random_behind, BAD)) == []


@pytest.mark.parametrize("zeros, sick", [(1.0, True), (0.9, False)])
def test_rectified_zeros_never_move(zeros, sick):
    seen = series("activation_zeros", "model/a", [zeros])
    assert bool(found(rule, run(chain(dense("a"), dense("out", False)), seen, BAD))) is sick
    assert found(rule, run(chain(dense("a", activation="tanh"), dense("out", False)), seen, BAD)) == []


def own(pull, size=0.0, steps=6):
    """A layer of one's own and an output, and the norms of the gradient of its weights and of the weights in some steps."""
    body = layer("a", "MyDense", None, variables=["a/w", "a/b"])
    norms = [("gradient_norm", "a/w", [pull] * steps), ("gradient_norm", "a/b", [0.1] * steps)]
    norms += [("weight_norm", "a/w", [size] * steps), ("weight_norm", "a/b", [0.0] + [0.1] * (steps - 1))]
    known = [
        Record("series", {"quantity": name, "places": [place], "steps": [*range(steps)], "values": [[v] for v in values]})
        for name, place, values in norms
    ]
    return run(chain(body, dense("out", False)), known, BAD)


@pytest.mark.parametrize(
    "pull, size, steps, sick", [(0.0, 0.0, 6, True), (0.1, 0.0, 6, False), (0.0, 1.0, 6, False), (0.0, 0.0, 3, False)]
)
def test_layers_of_ones_own_that_stay_at_zero(pull, size, steps, sick):
    assert found(rule, own(pull, size, steps)) == ([("critical", ("a",))] if sick else [])


def test_healthy():
    healthy = {
        "random": chain(dense("a", False), dense("out", False)),
        "an output that starts at zero": chain(dense("a", False), dense("out")),
        "a residual branch": chain(dense("a"), layer("sum", "Add", None, 0), dense("out")),
        "a gate": chain(dense("a"), layer("gate", "Multiply", None, 0), dense("out")),
        "frozen on purpose": chain(dense("a", variables=[]), dense("out")),
        "an output with its activation apart": chain(dense("a", False), dense("b"), layer("soft", "Activation", "softmax", 0)),
    }
    flagged = [name for name, layers in healthy.items() if found(rule, run(layers, BAD))]
    assert flagged == []


def test_without_the_order_all_others_have_to_be_alike():
    assert found(rule, run(fact("layers", [dense("a"), dense("out", output=True)]), BAD)) == [("critical", ("a",))]
    assert found(rule, run(fact("layers", [dense("a"), dense("b", False), dense("out", output=True)]), BAD)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
