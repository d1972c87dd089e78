import numpy as np
import pytest
from doctor_runs import NAN, contract, fact, fit, found, inputs, layer, losses, one_hot_target, run, series
from small_training import trained

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.batch_size_unsuitable import batch_size_unsuitable as rule

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303


@pytest.mark.parametrize("seed", range(3))
def test_a_network_with_few_updates(seed):
    (finding,) = rule.examine(trained(rows=2048, batch=1024, epochs=8, rate=0.03, seed=seed))
    assert (finding.severity, finding.stage, finding.tips[0]) == ("warning", "training", "smaller_batch")
    assert finding.evidence["updates"] == 16
    assert "Batches of 32 rows would give 32 times as many" in finding.message


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("batch", [1, 2])
def test_a_network_whose_batches_are_noise(batch, seed):
    (finding,) = rule.examine(trained(batch=batch, epochs=6, rate=1.0, spread=1.5, seed=seed))
    assert (finding.severity, finding.tips[0]) == ("warning", "larger_batch")


HEALTHY = {
    "usual": {},
    "all rows at once, for long": {"batch": 256, "epochs": 300},
    "single rows, short steps": {"batch": 1, "epochs": 4, "rate": 0.03},
    "single rows, labels without meaning, short steps": {"batch": 1, "epochs": 4, "rate": 0.003, "shuffled_labels": True},
    "a usual batch, too few epochs": {"epochs": 1, "rate": 0.01},
    "a usual batch, too long steps": {"rate": 30.0},
    "all rows at once, and stuck": {"batch": 256, "epochs": 40, "widths": (16,) * 6, "gain": 0.3},
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_or_another_ailment(name):
    assert found(rule, trained(**HEALTHY[name])) == []


def few(size=1024, epochs=10, steps=2, loss=None):
    loss = np.linspace(2.3, 1.8, epochs) if loss is None else loss
    return run(CLASSES, fit(batch_size=size, epochs=epochs, steps=steps), losses(loss))


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"size": 300}, True),
        ({"size": 200}, False),
        ({"steps": 8}, True),
        ({"steps": 12}, False),
        ({"loss": np.linspace(2.3, 0.9, 10)}, False),  # good
        ({"loss": np.r_[np.linspace(2.3, 1.8, 5), np.full(5, 1.8)]}, False),  # came to rest
        ({"loss": np.r_[np.linspace(2.3, 1.8, 6), np.linspace(1.795, 1.78, 4)]}, False),  # nearly
        ({"loss": np.linspace(2.3, 2.27, 10)}, False),  # ten times the updates would not do
        ({"loss": np.linspace(2.3, 2.21, 10)}, True),
        ({"loss": np.linspace(2.3, 2.2, 10) + 0.1 * np.array([1, -1] * 5)}, False),  # noise
        ({"loss": [2.3, NAN]}, False),
    ],
)
def test_marks_of_few_updates(change, sick):
    assert bool(found(rule, few(**change))) is sick


def noisy(size=1, promise=0.4, fall=0.5, steps=60):
    """A run whose steps each promise this share of the loss, which fell by so much in all."""
    parts = [series(name, "k", [1.0] * steps) for name in ("weight_norm", "gradient_norm", "update_ratio")]
    parts += [series("batch_loss", "train", [2.3] * steps), series("predicted_loss_change", "train", [-2.3 * promise] * steps)]
    return run(CLASSES, fit(batch_size=size), parts, losses(np.linspace(2.3, 2.3026 - fall, 5)))


@pytest.mark.parametrize(
    "settings, sick",
    [
        ({}, True),
        ({"size": 4}, True),
        ({"size": 8}, False),
        ({"promise": 0.15}, False),
        ({"promise": 0.25, "steps": 90}, True),
        ({"fall": 1.0, "steps": 10}, False),  # a ninth of what was promised
        ({"fall": 1.5}, False),  # good
    ],
)
def test_marks_of_noise(settings, sick):
    assert bool(found(rule, noisy(**settings))) is sick


def normalized(shape=(4,), kind="Dense", size=1, trainable=True, loss=(2.3, 2.31, 2.3)):
    layers = [layer("first", kind), layer("norm", "BatchNormalization", None, trainable=trainable), layer("last", output=True)]
    table = {**inputs([0.0], [1.0], -3, 3), "shape": list(shape)}
    return run(CLASSES, losses(loss), fit(batch_size=size, steps=100), fact("layers", layers), fact("inputs", [table]))


def test_one_row_is_its_own_mean():
    (finding,) = rule.examine(normalized())
    assert (finding.severity, finding.layers, finding.tips) == ("critical", ("norm",), ("larger_batch",))


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (8, 8, 1)},  # means over places too
        {"kind": "Reshape"},
        {"size": 2},
        {"trainable": False},
        {"loss": (2.3, 0.6, 0.2)},
    ],
)
def test_but_not_where_more_is_averaged(change):
    assert found(rule, normalized(**change)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(CLASSES, losses([2.3, 2.2]))), Missing)
    assert isinstance(rule.examine(run(CLASSES, losses([2.3, 2.2]), fit(batch_size=None))), Missing)
    assert isinstance(rule.examine(run(CLASSES, fit(batch_size=1024))), Missing)
    assert found(rule, few(size=1, loss=[2.3, 2.2])) == [], "without recorded steps nobody knows what they promised"


def two_at_a_time(logged=1.3, calm=0.5, size=2, shape=(8, 8, 1), flatten="Flatten"):
    """Pictures, whose rows are normalized after they were flattened; the logged loss, and the one over more rows at a time."""
    kinds = {"conv": "Conv2D", "flat": flatten, "first": "Dense", "norm": "BatchNormalization", "last": "Dense"}
    layers = [layer(name, kind, output=name == "last") for name, kind in kinds.items()]
    x = {**inputs([0.0], [1.0], 0, 1), "shape": list(shape)}
    seen = series("training_mode_loss", "train", [calm])
    return run(CLASSES, fact("layers", layers), fact("inputs", [x]), fit(batch_size=size), losses([2.1, 1.5, logged]), seen)


@pytest.mark.parametrize(
    "change, sick",
    [
        ({}, True),
        ({"size": 8}, False),
        ({"calm": 0.9}, False),
        ({"logged": 1.5, "calm": 0.9}, False),
        ({"logged": 0.4, "calm": 0.1}, False),  # a good result
        ({"flatten": "MaxPooling2D"}, False),  # there each picture has many positions
    ],
)
def test_statistics_of_a_few_rows(change, sick):
    assert found(rule, two_at_a_time(**change)) == ([("warning", ("norm",))] if sick else [])
