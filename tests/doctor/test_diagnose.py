import subprocess
import sys

import pytest
from doctor_runs import NAN, contract, fact, inputs, layer, losses, one_hot_target, run, series, target
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tips.doctor.catalogue import catalogue, chosen
from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.missing import Missing
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.finding import Finding
from keras_tips.records.record import Record
from keras_tips.records.run import Run

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)
OVERFIT = [*CLASSES, *losses([2.0, 1.0, 0.6, 0.3, 0.1, 0.1, 0.05], [2.0, 1.4, 1.2, 1.5, 1.8, 2.0, 2.2])]
PIXELS = [fact("layers", [layer("first")]), fact("inputs", [inputs([80.0], [90.0], 0, 255)])]


def test_an_empty_run_has_no_finding_and_no_verdict():
    diagnosis = diagnose(Run())
    assert (diagnosis.findings, diagnosis.stage, diagnosis.healthy) == ((), "setup", True)
    assert str(diagnosis).startswith("No verdict: nothing was measured.")
    assert {rule for rule, _ in diagnosis.not_examined} == set(catalogue())
    assert all(reason.startswith("needs ") for _, reason in diagnosis.not_examined)


def test_a_training_that_learned_nothing_is_not_called_done():
    nothing, little = (diagnose(run([*CLASSES, *losses([2.3, level])])) for level in (2.3, 1.9))
    assert (nothing.healthy, nothing.stage) == (True, "training")
    assert "no better than a constant prediction" in str(nothing).splitlines()[0]
    assert (little.stage, little.reservation) == ("done", "")


def test_a_fit_that_broke_off_is_not_called_healthy():
    raised = [Record("start", {"step": 0}), Record("end", {"status": "raised", "reason": "ValueError: shapes"})]
    assert str(diagnose(Run(tuple(raised)))).startswith("No verdict: fit broke off (ValueError: shapes)")
    again = [*raised, Record("start", {"step": 0}), Record("end", {"status": "completed", "reason": ""})]
    assert diagnose(Run(tuple(again))).reservation == ""


def test_overfitting_stands_at_generalization():
    diagnosis = diagnose(run(OVERFIT))
    assert [finding.rule for finding in diagnosis.findings] == ["overfitting", "overtraining"]
    assert diagnosis.consequences == {"overfitting": ("overtraining",)}
    assert diagnosis.stage == "generalization"


def test_the_recipe_asks_for_the_training_result_first():
    broken = series("gradient_norm", "a", [1.0, NAN])
    diagnosis = diagnose(run(OVERFIT, broken))
    assert [finding.rule for finding in diagnosis.findings] == ["loss_not_finite"]
    assert diagnosis.stage == "training"
    assert ("overfitting", "the training result comes first; needs a run without loss_not_finite") in diagnosis.not_examined


def test_a_harmless_remark_does_not_hold_the_recipe_up():
    diagnosis = diagnose(run(OVERFIT, PIXELS))
    assert [(finding.rule, finding.severity) for finding in diagnosis.findings] == [
        ("overfitting", "warning"),
        ("overtraining", "warning"),
        ("inputs_not_scaled", "info"),
    ]


def test_root_cause_first_with_its_consequences():
    diagnosis = diagnose(run(PIXELS, losses([2.3, NAN])))
    assert [finding.rule for finding in diagnosis.findings] == ["inputs_not_scaled", "loss_not_finite"]
    assert diagnosis.consequences == {"inputs_not_scaled": ("loss_not_finite",)}
    assert diagnosis.stage == "setup"


def test_only_the_rules_that_were_asked_for():
    diagnosis = diagnose(run(PIXELS, losses([2.3, NAN])), ["loss_not_finite"])
    assert [finding.rule for finding in diagnosis.findings] == ["loss_not_finite"]
    assert diagnosis.not_examined == ()


@pytest.mark.parametrize(
    "rules, text",
    [
        (["overfiting"], "Did you mean 'overfitting'"),
        ("overfitting", "Expected 'all' or a list"),
        ([], "at least one"),
        (3, "rules=3"),
        ([NAN], "rules=nan"),
        (None, "rules=None"),
    ],
)
def test_bad_rules(rules, text):
    with pytest.raises(ValueError, match="Invalid `rules`") as caught:
        diagnose(Run(), rules)
    assert text in str(caught.value)


@pytest.mark.parametrize("bad", [None, "run.jsonl", {"loss": [1.0]}])
def test_only_a_run_can_be_diagnosed(bad):
    with pytest.raises(ValueError, match="Invalid `run`"):
        diagnose(bad)


def test_no_framework_is_imported():
    code = (
        "import sys, keras_tips.doctor as d; from keras_tips.records import Run; d.diagnose(Run()); d.page(d.names()[0]);"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch', 'keras_tuner') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


# ------------------------------------------------------------------------------------------- any run at all

numbers = st.floats(allow_nan=True, allow_infinity=True)
plain = st.recursive(
    st.none() | st.booleans() | numbers | st.integers() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=5,
)
activations = st.sampled_from([None, "linear", "relu", "sigmoid", "softmax", "tanh", "gelu", "log_softmax"])
loss_names = st.sampled_from(
    [None, "mean_squared_error", "categorical_crossentropy", "binary_crossentropy", "sparse_categorical_crossentropy", "own"]
)
layers = st.builds(
    lambda name, kind, activation, variables: layer(name, kind, activation, variables=variables),
    st.sampled_from("abc"),
    st.sampled_from(["Dense", "InputLayer", "BatchNormalization", "Embedding", "Own"]),
    activations,
    st.lists(st.sampled_from(["a/k", "b/k", "c/k"]), max_size=2, unique=True),
)
outputs = st.fixed_dictionaries(
    {
        "name": st.sampled_from("xy"),
        "layer": st.just("c"),
        "activation": activations,
        "units": st.none() | st.integers(0, 5),
        "loss": loss_names,
        "from_logits": st.none() | st.booleans(),
    }
)
moments = dict.fromkeys(("minimum", "maximum", "mean", "deviation"), numbers)
targets = st.fixed_dictionaries(
    {
        **{name: st.booleans() for name in ("integer", "one_hot", "zero_one", "rows_sum_to_one")},
        **{name: st.integers(0, 9) for name in ("rows", "width", "non_finite")},
        **moments,
        "name": st.sampled_from("xy"),
        "classes": st.none() | st.integers(0, 9),
        "class_counts": st.dictionaries(st.sampled_from("0123"), st.integers(0, 9)),
        "repeats": st.none() | numbers,
    }
)
data = st.fixed_dictionaries(
    {
        **moments,
        "feature_mean": st.lists(numbers, max_size=4),
        "feature_deviation": st.lists(numbers, max_size=4),
    }
).map(lambda known: {**inputs([0.0], [1.0], 0, 1), **known})
whole_facts = {"layers": layers, "outputs": outputs, "targets": targets, "inputs": data}
facts = st.sampled_from(sorted(whole_facts)).flatmap(
    lambda name: st.builds(fact, st.just(name), st.lists(whole_facts[name], max_size=3) | plain)
)
all_series = st.builds(
    series,
    st.sampled_from(["loss", "gradient_norm", "weight_norm", "update_ratio"]),
    st.sampled_from(["train", "validation", "a/k", "b/k", "c/k"]),
    st.lists(numbers, max_size=12),
)
ends = st.builds(
    lambda status: Record("end", {"status": status, "reason": ""}), st.sampled_from(["stopped", "raised", "completed"])
)


# Runs in which every rule has its evidence, with any numbers in it.
lengthy = st.lists(numbers | st.floats(1e-9, 10), min_size=6, max_size=6)
norms = [(quantity, place) for quantity in ("gradient_norm", "weight_norm") for place in ("a/k", "b/k")]
measured = [("loss", "train"), ("loss", "validation"), *norms]
two_layers = fact("layers", [layer("a", variables=["a/k"]), layer("b", variables=["b/k"])])
whole_runs = st.tuples(
    st.just(two_layers),
    *(
        st.builds(lambda name, value: fact(name, [value]), st.just(name), whole_facts[name])
        for name in whole_facts
        if name != "layers"
    ),
    *(st.builds(series, st.just(quantity), st.just(place), lengthy) for quantity, place in measured),
).map(list)


@settings(max_examples=300, deadline=None)
@given(st.lists(facts | all_series | ends, max_size=14) | whole_runs)
def test_any_run_is_diagnosed_and_the_recipe_holds(records):
    diagnosis = diagnose(Run(tuple(records)))
    serious = [finding for finding in diagnosis.findings if finding.serious]
    early = [finding for finding in serious if finding.stage != "generalization"]
    assert not (early and any(finding.stage == "generalization" for finding in serious))
    assert diagnosis.healthy == (diagnosis.stage == "done" or bool(diagnosis.reservation))
    assert Diagnosis.from_json(diagnosis.to_json()).stage == diagnosis.stage
    assert str(diagnosis)


@pytest.mark.parametrize("rule", chosen(), ids=lambda rule: rule.name)
def test_each_rule_answers_with_findings_of_its_own_name_and_stage(rule):
    answer = rule.examine(run(OVERFIT, PIXELS, fact("targets", [target()]), series("gradient_norm", "a", [NAN])))
    assert isinstance(answer, Missing) or all(isinstance(finding, Finding) for finding in answer)
    if not isinstance(answer, Missing):
        assert all((finding.rule, finding.stage) == (rule.name, rule.stage) for finding in answer)
