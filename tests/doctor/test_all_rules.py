"""What holds for every rule, whatever a run holds."""

import math

import pytest
from doctor_runs import (
    INF,
    NAN,
    fact,
    fit,
    inputs,
    layer,
    losses,
    model,
    one_hot_target,
    optimizer,
    output,
    reference,
    regression_target,
    run,
    target,
)
from doctor_runs import series as one
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keras_tips.doctor.catalogue import catalogue
from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.missing import Missing
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.record import Record
from keras_tips.records.run import Run
from keras_tips.tips import names as tip_names

NUMBER = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 1e-30, 1e30, NAN, INF, -INF]), st.floats(-10, 10), st.floats())
SHARE = st.one_of(st.floats(0, 1), NUMBER)
KINDS = ("Dense", "Conv2D", "BatchNormalization", "Dropout", "ReLU", "Add", "Embedding", "LSTM", "Softmax", "InputLayer")
ACTIVATIONS = (None, "linear", "relu", "sigmoid", "tanh", "softmax", "elu")
LOSSES = (None, "categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", "mean_squared_error")
LOSSES += ("mean_absolute_error", "hinge", "own_loss", "negated")
NAMES = ("a", "b", "c", "d")
OF_LAYERS = ("activation_mean", "activation_deviation", "activation_zeros", "activation_saturation", "silent_units")
OF_LAYERS += ("activation_variation", "mode_shift", "mode_gain", "linear_score", "penalty")
OF_VARIABLES = ("gradient_norm", "weight_norm", "update_ratio", "clip_ratio")
OF_STEPS = ("batch_loss", "learning_rate", "predicted_loss_change", "step_seconds")
OF_OUTPUTS = ("training_score", "validation_score", "training_mode_score", "worst_recall", "top_prediction_share")
OF_OUTPUTS += ("prediction_spread", "prediction_correlation", "probability_error", "cross_entropy")
OF_OUTPUTS += ("cross_entropy_as_logits",)
OF_SPLITS = ("loss", "accuracy", "inference_loss", "training_mode_loss")


@st.composite
def series(draw, quantity, places):
    length = draw(st.integers(1, 12))
    values = [[draw(NUMBER) for _ in places] for _ in range(length)]
    steps = sorted(draw(st.sets(st.integers(0, 500), min_size=length, max_size=length)))
    return Record("series", {"quantity": quantity, "places": list(places), "steps": steps, "values": values})


@st.composite
def one_layer(draw, name):
    more = {key: draw(st.none() | NUMBER) for key in ("rate", "momentum", "kernel_deviation", "bias_mean")}
    more |= {key: draw(st.none() | st.integers(0, 500)) for key in ("fan_in", "fan_out", "units")}
    more |= {"frozen": draw(st.integers(0, 9)), "fresh": draw(st.sampled_from([None, True, False]))}
    more |= {"identical_units": draw(st.booleans()), "trainable": draw(st.booleans()), "output": draw(st.booleans())}
    more |= {"inbound": draw(st.lists(st.sampled_from(NAMES), max_size=2)), "path": name}
    more |= {"regularized": draw(st.lists(st.sampled_from(["kernel", "bias", "activity"]), max_size=2, unique=True))}
    kind, activation = draw(st.sampled_from(KINDS)), draw(st.sampled_from(ACTIVATIONS))
    return layer(name, kind, activation, draw(st.sampled_from([0, 10])), [f"{name}/kernel"], **more)


@st.composite
def one_target(draw):
    kind = draw(st.sampled_from([target(), one_hot_target(4), regression_target(-3.0, 9.0, 2.0, 1.5)]))
    change = draw(st.sets(st.sampled_from(["minimum", "maximum", "mean", "deviation"])))
    counts = draw(st.dictionaries(st.sampled_from(["0", "1", "7"]), st.integers(0, 900), max_size=3))
    more = {"class_counts": counts, "classes": len(counts) or None, "repeats": draw(st.none() | SHARE)}
    return {**kind, **{name: draw(NUMBER) for name in change}, **(more if draw(st.booleans()) else {})}


@st.composite
def one_input(draw):
    means = draw(st.lists(NUMBER, min_size=1, max_size=4))
    spread = [draw(NUMBER) for _ in means]
    known = inputs([0.0], [1.0], draw(NUMBER), draw(NUMBER))
    known |= {"feature_mean": means, "feature_deviation": spread, "mean": draw(NUMBER), "deviation": draw(NUMBER)}
    return {**known, "rows": draw(st.integers(0, 500)), "non_finite": draw(st.integers(0, 2)), "integer": draw(st.booleans())}


@st.composite
def facts(draw):
    out = output(draw(st.sampled_from(ACTIVATIONS)), draw(st.sampled_from(LOSSES)), draw(st.none() | st.integers(1, 4)))
    out |= {"from_logits": draw(st.sampled_from([None, True, False])), "layer": draw(st.sampled_from(NAMES))}
    out |= {"reduction": draw(st.sampled_from([None, "sum", "sum_over_batch_size"]))}
    scores = ("constant", "deviation", "linear", "linear_held_out", "neighbours_held_out")
    known = reference(draw(st.sampled_from(["classes", "numbers"])), **{name: draw(SHARE) for name in scores})
    known |= {
        "validation_rows": 50,
        "linear_validation": draw(st.none() | SHARE),
        "constant_validation": draw(st.none() | SHARE),
    }
    numbers = {
        name: draw(NUMBER) for name in ("loss", "gradient_norm", "weight_norm", "largest_curvature", "smallest_curvature")
    }
    rate = draw(st.none() | NUMBER)
    counts = {name: draw(st.integers(0, 90)) for name in ("training_rows", "validation_rows", "shared_rows")}
    batch = {name: draw(NUMBER) for name in ("first_loss", "last_loss")}
    backend = draw(st.sampled_from(["jax", "tensorflow"]))
    decay = {"epsilon": draw(st.none() | NUMBER), "weight_decay": draw(st.none() | NUMBER)}
    length = {name: draw(st.none() | st.integers(0, 30)) for name in ("epochs", "steps")}
    return [
        model(backend, ["accuracy"]),
        fact("layers", [draw(one_layer(name)) for name in NAMES]),
        fact("outputs", [out]),
        fact("targets", [draw(one_target())]),
        fact("validation_targets", [draw(one_target())]),
        fact("inputs", [draw(one_input())]),
        fact("validation_inputs", [draw(one_input())]),
        fact("split", counts),
        fact("references", [known]),
        fact("critical_point", numbers),
        fact(
            "one_batch", {"rows": 8, "steps": 9, "score": draw(st.none() | SHARE), "constant": draw(st.none() | SHARE), **batch}
        ),
        optimizer(draw(st.sampled_from(["SGD", "Adam"])), rate, **decay),
        fit(validation=draw(st.booleans()), **length),
    ]


@st.composite
def runs(draw):
    records = [record for record in draw(facts()) if draw(st.booleans()) or draw(st.booleans())]
    places = [(OF_LAYERS, NAMES), (OF_VARIABLES, [f"{name}/kernel" for name in NAMES]), (OF_STEPS, ["train"])]
    places += [(OF_OUTPUTS, ["out"]), (OF_SPLITS, ["train", "validation"])]
    for quantities, where in places:
        records += [draw(series(quantity, where)) for quantity in quantities if draw(st.booleans())]
    end = draw(st.sampled_from([None, "completed", "stopped", "raised"]))
    return Run((*records, *([Record("end", {"status": end, "reason": "why"})] if end else [])))


# Runs are large: to shrink one that fails takes longer than to read it.
@settings(max_examples=100, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(runs())
def test_no_rule_raises_and_findings_can_be_told(any_run):
    diagnosis = diagnose(any_run)
    assert Diagnosis.from_json(diagnosis.to_json()).to_json() == diagnosis.to_json()
    assert str(diagnosis)
    for finding in diagnosis.findings:
        rule = catalogue()[finding.rule]
        assert (finding.stage, finding.message[-1]) == (rule.stage, ".")
        assert 0 <= finding.confidence <= 1
        assert set(finding.tips) <= set(tip_names())


@pytest.mark.parametrize("name", catalogue())
def test_an_empty_run_is_no_evidence(name):
    answer = catalogue()[name].examine(Run())
    assert isinstance(answer, Missing) or answer == ()


@pytest.mark.parametrize("name", catalogue())
def test_a_healthy_run_has_none_of_it(name):
    """A run in which everything is known and well."""
    answer = catalogue()[name].examine(HEALTHY)
    assert isinstance(answer, Missing) or [finding.severity for finding in answer if finding.serious] == []


def _healthy():
    """A network of two layers that learned ten classes, and whose validation is about as good."""
    falling = [2.3 * math.exp(-0.3 * epoch) + 0.05 for epoch in range(20)]
    names = {"h": "model/h", "y": "model/y"}
    body = [layer("h", path=names["h"], variables=["h/kernel"], fan_in=64, fan_out=32, kernel_deviation=0.14, fresh=True)]
    body.append(
        layer("y", activation="softmax", path=names["y"], variables=["y/kernel"], output=True, inbound=["h"], fan_in=32)
    )
    parts = [
        model(),
        fact("layers", body),
        fact("outputs", [output("softmax", "categorical_crossentropy", 10, False, layer="y")]),
    ]
    parts += [fact("targets", [one_hot_target()]), fact("validation_targets", [one_hot_target()]), optimizer("Adam", 0.001)]
    both = inputs([0.5] * 64, [0.3] * 64, 0.0, 1.0)
    parts += [fact("inputs", [both]), fact("validation_inputs", [both]), fit(epochs=20, steps=40, validation=True)]
    parts += [fact("split", {"training_rows": 100, "validation_rows": 50, "shared_rows": 0, "distinct_rows": 100})]
    parts += [
        fact("references", [reference(constant=0.1, validation_rows=50, constant_validation=0.1, linear_validation=0.85)])
    ]
    parts += [losses(falling, [loss + 0.05 for loss in falling]), one("learning_rate", "train", [0.001] * 9)]
    for variable in ("h/kernel", "y/kernel"):
        parts += [one("gradient_norm", variable, [1.0] * 9), one("weight_norm", variable, [5.0] * 9)]
        parts += [one("update_ratio", variable, [0.003] * 9), one("clip_ratio", variable, [1.0] * 9)]
    for path in names.values():
        parts += [one("activation_deviation", path, [0.5, 0.6]), one("silent_units", path, [0.0, 0.05])]
        parts += [one("mode_shift", path, [0.0]), one("mode_gain", path, [1.0]), one("linear_score", path, [0.9])]
    parts += [one("training_score", "out", [0.1, 0.98]), one("validation_score", "out", [0.1, 0.95])]
    parts += [one("inference_loss", "train", [2.3, 0.06]), one("training_mode_loss", "train", [0.06])]
    return run(*parts)


HEALTHY = _healthy()
