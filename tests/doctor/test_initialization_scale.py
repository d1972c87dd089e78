import pytest
from doctor_runs import fact, found, inputs, layer, reference, run, series
from outcomes import BAD, GOOD, UNSEEN

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rules.initialization_scale import initialization_scale as rule

HE = 2**0.5


def net(gains, activation="relu", kinds=None, **more):
    """Layers of 100 inputs with these gains, each reading the one before; the last is a softmax output."""
    layers = [layer("in", "InputLayer", None, 0)]
    for number, gain in enumerate(gains):
        last = number == len(gains) - 1
        kind = kinds[number] if kinds else "Dense"
        known = {"fan_in": 100, "kernel_deviation": gain / 10, "fresh": True} if kind == "Dense" else {}
        known |= {"inbound": [layers[-1]["name"]], "output": last, **more}
        layers.append(layer(f"l{number}", kind, "softmax" if last else activation, **known))
    return fact("layers", layers)


def seen(*sizes):
    """Root mean squares of l0, l1, ... before training, and of an input of size 1."""
    parts = [fact("inputs", [inputs([0.0], [1.0], -3, 3)])]
    for number, size in enumerate(sizes):
        parts += [
            series("activation_mean", f"model/l{number}", [0.0]),
            series("activation_deviation", f"model/l{number}", [size]),
        ]
    return parts


@pytest.mark.parametrize("records, severity", [(BAD, "warning"), (UNSEEN, "warning"), (GOOD, "info")])
@pytest.mark.parametrize("gain", [10.0, 0.01])
def test_sick(gain, records, severity):
    (finding,) = rule.examine(run(net([gain, gain, gain]), records))
    assert (finding.severity, len(finding.layers)) == (severity, 3)
    assert finding.tips[0] == "he_initialization"


@pytest.mark.parametrize("gain, sick", [(2.7, False), (3.5, True)])
def test_grows_by_thirty(gain, sick):
    assert bool(found(rule, run(net([gain] * 3, "linear"), BAD))) is sick  # 20 and 43


@pytest.mark.parametrize("gain, sick", [(0.3, False), (0.17, True)])
def test_shrinks_by_a_hundred(gain, sick):
    assert bool(found(rule, run(net([gain] * 3 + [1.0], "linear"), BAD))) is sick  # 0.027 and 0.0049


@pytest.mark.parametrize("gain, severity", [(1.0, "info"), (0.6, "warning")])
def test_many_usual_kernels_are_a_matter_of_depth(gain, severity):
    (finding,) = rule.examine(run(net([gain] * 20), BAD))
    assert finding.severity == severity
    assert ("each of the 20 kernels is about as usual" in finding.message) is (severity == "info")


@pytest.mark.parametrize("score, severity", [(0.6, "warning"), (0.85, "info")])
def test_what_is_learned_by_heart_of_large_random_features(score, severity):
    known = reference(validation_rows=300, constant_validation=0.5, linear_validation=0.9, neighbours_validation=0.5)
    aside = [fact("references", [known]), series("validation_score", "out", [0.5, score])]
    assert [told for told, _ in found(rule, run(net([10.0, 10.0, 10.0]), GOOD, aside))] == [severity]


HEALTHY = {
    "he": net([HE] * 12),
    "glorot": net([1.0] * 10),
    "glorot and tanh": net([1.0] * 30, "tanh"),
    "sigmoids": net([1.0] * 30, "sigmoid"),
    "a small output kernel": net([HE, HE, 0.05]),
    "a tiny output kernel": net([0.3, 0.005]),
    "trained before": net([10.0] * 3, fresh=False, bias_mean=0.02),
    "trained before, without biases": net([10.0] * 3, fresh=False),
    "behind normalizations": net([9.0, 1.0] * 3, "linear", ["Dense", "BatchNormalization"] * 3),
    "recurrent": net([9.0, 9.0, 9.0, 1.0], kinds=["LSTM", "Embedding", "LSTM", "Dense"]),
    "wide tanh": net([2.0, 2.0, 1.0], "tanh"),
    "constant kernels, another ailment": net([20.0] * 3, identical_units=True),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy(name):
    answer = rule.examine(run(HEALTHY[name], BAD))
    assert isinstance(answer, Missing) or answer == ()


def test_kernels_set_by_hand_are_judged_while_biases_are_zero_still():
    assert found(rule, run(net([10.0] * 3, fresh=False, bias_mean=0.0), BAD))


def test_depth_alone_fades_behind_rectifiers():
    (finding,) = rule.examine(run(net([1.0] * 20), BAD))
    assert "l18" in finding.message


def test_the_oddest_layer_comes_first():
    assert found(rule, run(net([HE, 40.0, 5.0]), BAD)) == [("warning", ("l1", "l2"))]


def test_what_was_seen_stands_in_for_what_is_expected():
    wild = net([10.0] * 4)
    assert found(rule, run(wild, seen(7.0, 50.0, 350.0), BAD))
    assert found(rule, run(wild, seen(1.0, 1.0, 1.0), BAD)) == []  # something in between scales
    for sizes in ((1.0, 1e-4, 1e-6), (1.0, 1e4, 1e6)):
        assert found(rule, run(net([HE] * 4), seen(*sizes), BAD)) == []  # biases or what stands between, not kernels


@pytest.mark.parametrize("size, sick", [(2.5, False), (6.0, True)])
def test_saturated_from_the_start(size, sick):
    assert bool(found(rule, run(net([size, 1.0], "tanh"), BAD))) is sick


@pytest.mark.parametrize("before, sick", [(0.5, False), (2.0, True)])
def test_a_large_kernel_saturates_by_what_it_reads(before, sick):
    narrow = run(net([before, 6.0, 1.0], "tanh"), seen(before), BAD)
    assert bool(found(rule, narrow)) is sick


@pytest.mark.parametrize("share, sick", [(0.3, False), (0.7, True)])
def test_saturation_is_confirmed_where_it_was_measured(share, sick):
    measured = series("activation_saturation", "model/l0", [share])
    assert bool(found(rule, run(net([8.0, 1.0], "tanh"), measured, BAD))) is sick


def test_sums_of_branches_add_up():
    layers = [layer("in", "InputLayer", None, 0)]
    for number in range(12):
        before = layers[-1]["name"]
        known = {"fan_in": 100, "kernel_deviation": 0.1, "fresh": True}
        layers += [layer(f"b{number}", "Dense", "linear", inbound=[before], **known)]
        layers += [layer(f"s{number}", "Add", None, 0, inbound=[before, f"b{number}"])]
    assert found(rule, run(fact("layers", layers), BAD))


def test_without_the_order_each_layer_is_taken_by_itself():
    layers = [layer(f"l{number}", fan_in=100, kernel_deviation=0.5, fresh=True) for number in range(4)]
    assert found(rule, run(fact("layers", layers), BAD)) == []


def test_says_what_is_missing():
    assert isinstance(rule.examine(run()), Missing)
    assert isinstance(rule.examine(run(fact("layers", [layer("a", "LSTM")]))), Missing)
