import pytest
from doctor_runs import contract, fact, fit, found, layer, losses, one_hot_target, run, series
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.frozen_layers import frozen_layers as rule
from keras_tips.records.record import Record

HEAD = layer("head", variables=["head/kernel"])


def frozen(name, fresh=True, kind="Dense", entries=10):
    return layer(name, kind, parameters=entries, trainable=False, frozen=entries, fresh=fresh)


def model(*layers):
    return fact("layers", list(layers))


@pytest.mark.parametrize("share, severity", [(0.3, "info"), (0.8, "warning")])
def test_random_features_have_to_bring_the_loss_down_too(share, severity):
    """As many right answers as a simple predictor gives are not all there is to learn."""
    classes = list(contract("softmax", "categorical_crossentropy", one_hot_target(2)).records)
    outcome = [*classes, *losses([0.7, share * 0.693]), *GOOD[-2:]]
    assert found(rule, run(model(frozen("a"), HEAD), outcome)) == [(severity, ("a",))]


def test_nothing_trains():
    assert found(rule, run(model(frozen("a", False), frozen("b", None)))) == [("critical", ("a", "b"))]


@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (UNSEEN, "warning"), (GOOD, "info")])
def test_random_frozen_layers_largest_first(records, severity):
    sick = run(model(frozen("a"), frozen("b", entries=90), HEAD), records)
    assert found(rule, sick) == [(severity, ("b", "a"))]


@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (UNSEEN, "warning"), (GOOD, "info")])
def test_layers_that_no_step_hands_to_the_optimizer(records, severity):
    body = layer("body", variables=["body/kernel"])
    (finding,) = rule.examine(run(model(body, HEAD), fact("left_out", ["model/body"]), records))
    assert (finding.severity, finding.layers) == (severity, ("body",))
    assert "No step handed the optimizer the weights of body (10 entries)" in finding.message
    assert found(rule, run(model(body, HEAD), fact("left_out", []), records)) == []


def pulled(body=0.0, head=0.1, size=1.0, silent=0.1, borders=0.0, steps=6, rows=32):
    """Norms of the gradient of two layers in some steps, of weights of that size, and what the first one gave at last."""
    layers = model(layer("body", variables=["body/kernel", "body/bias"]), HEAD)
    norms = {"body/kernel": (body, size), "body/bias": (body, 0.0), "head/kernel": (head, 1.0)}
    values = {
        name: [[pair[number] for pair in norms.values()]] * steps
        for number, name in enumerate(("gradient_norm", "weight_norm"))
    }
    known = [
        Record("series", {"quantity": name, "places": list(norms), "steps": [*range(steps)], "values": table})
        for name, table in values.items()
    ]
    looks = [series("silent_units", "model/body", [silent]), series("activation_saturation", "model/body", [borders])]
    return run(layers, known, looks, fit(batch_size=rows), BAD)


@pytest.mark.parametrize(
    "settings, names",
    [
        ({}, ("body",)),
        ({"head": 0.0}, None),  # the loss has no slope
        ({"body": 1e-9}, None),
        ({"silent": 1.0}, None),  # dead units
        ({"borders": 1.0}, None),  # saturated ones
        ({"size": 0.0}, None),  # a kernel of zeros
        ({"steps": 3}, None),
        ({"rows": 1}, None),
    ],
)
def test_layers_to_which_no_gradient_comes(settings, names):
    assert found(rule, pulled(**settings)) == ([("warning", names)] if names else [])


@pytest.mark.parametrize(
    "layers",
    [
        [HEAD],
        [frozen("base", False), HEAD],  # pretrained
        [frozen("base", None), HEAD],  # nobody can tell
        [frozen("words", None, "Embedding"), HEAD],  # vectors handed over as an initializer of one's own
        [layer("scale", "Normalization", None, 9, trainable=False), HEAD],  # statistics are no matter of gradients
    ],
)
def test_healthy(layers):
    assert found(rule, run(model(*layers), BAD)) == []


def test_a_weight_of_the_model_itself_may_train():
    own = fact("model", {"name": "m", "backend": "jax", "parameters": 11, "keras": "3", "metrics": []})
    assert found(rule, run(model(frozen("a", False)), own)) == []
    assert found(rule, run(model(frozen("a", False)), series("gradient_norm", "own", [1.0]))) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(model(layer("a", parameters=0)))), Missing)
