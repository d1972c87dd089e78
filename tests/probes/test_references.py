import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from keras_tips.probes.answers import Answers
from keras_tips.probes.readout import STRENGTHS, Readout, columns_of, halves, readout_score
from keras_tips.probes.reference_fact import reference_fact
from keras_tips.probes.references import references

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 6))
LINEAR = Answers("classes", (X[:, 0] + X[:, 1] > 0).astype(int))
XOR = Answers("classes", ((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(int))
NOISE = Answers("classes", RNG.integers(0, 2, 400))
AMOUNTS = Answers("numbers", (X[:, :1] * 3 + 10))
OUTPUT = {"name": "y", "layer": "y", "activation": "sigmoid", "units": 1, "loss": "binary_crossentropy"}
OUTPUT |= {"from_logits": False, "reduction": "sum_over_batch_size"}


@pytest.mark.parametrize("rows, columns", [(40, 6), (40, 100)])
def test_a_readout_is_the_ridge_regression_of_scikit_learn(rows, columns):
    x = RNG.normal(size=(rows, columns))
    y = x[:, :2] @ RNG.normal(size=(2, 3)) + 0.1 * RNG.normal(size=(rows, 3))
    scaled = (x - x.mean(0)) / x.std(0)
    strengths = STRENGTHS * max(float(np.linalg.eigvalsh(scaled @ scaled.T).mean()), 1e-12)
    known = RidgeCV(alphas=strengths, gcv_mode="svd").fit(scaled, y)
    np.testing.assert_allclose(Readout(x, y)(x), known.predict(scaled), rtol=1e-4, atol=1e-4)


def test_constant_columns_do_not_matter():
    y = AMOUNTS.codes
    beside = np.column_stack([X, np.full(len(X), 1e9)])
    np.testing.assert_allclose(Readout(beside, y)(beside), Readout(X, y)(X), rtol=1e-6)


def test_halves_are_apart_and_always_the_same():
    one, other = halves(101)
    assert sorted([*one, *other]) == list(range(101))
    assert (one == halves(101)[0]).all()


def test_wide_rows_are_cut():
    assert columns_of(np.zeros((3, 40, 40))).shape == (3, 512)


def test_what_simple_predictors_can_and_cannot():
    linear, xor, noise = (reference_fact("y", X, right) for right in (LINEAR, XOR, NOISE))
    assert linear["linear_held_out"] > 0.9
    assert xor["linear_held_out"] < 0.6 < xor["neighbours_held_out"]
    assert max(noise["linear_held_out"], noise["neighbours_held_out"]) < noise["constant"] + 3 * noise["deviation"]
    assert noise["deviation"] == pytest.approx(0.5 / 200**0.5, rel=0.02)


def test_numbers():
    fact = reference_fact("y", X, AMOUNTS, (X + 0.0, AMOUNTS))
    assert (fact["kind"], round(fact["linear_held_out"], 3), fact["validation_rows"]) == ("numbers", 1.0, 400)
    assert abs(fact["constant"]) < 0.05
    assert fact["linear_validation"] == pytest.approx(1.0, abs=1e-3)


def test_validation_rows_tell_of_each_other_what_training_rows_do_not():
    shuffled = Answers("classes", np.random.default_rng(1).permutation(LINEAR.values))
    fact = reference_fact("y", X, shuffled, (X + 0.0, LINEAR))
    assert fact["linear_held_out"] < 0.65 < 0.85 < fact["within_validation"]
    assert reference_fact("y", X, shuffled, (X + 0.0, shuffled))["within_validation"] < 0.65
    assert reference_fact("y", X, LINEAR, (X + 0.0, LINEAR))["within_validation"] is None, "nobody will ask"
    assert reference_fact("y", X, shuffled, (X[:6], Answers("classes", LINEAR.values[:6])))["within_validation"] is None
    assert reference_fact("y", X, shuffled)["within_validation"] is None


def test_a_class_that_nobody_knew_is_wrong():
    later = Answers("classes", np.full(50, 7))
    fact = reference_fact("y", X, LINEAR, (X[:50], later))
    assert (fact["constant_validation"], fact["linear_validation"], fact["neighbours_validation"]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "x, right",
    [
        (X[:10], Answers("classes", LINEAR.values[:10])),
        (X, Answers("classes", np.zeros(400, int))),
        (np.full_like(X, np.nan), LINEAR),
        (X, Answers("labels", np.ones((400, 3)))),
        (X, Answers("classes", np.ones((400, 5), int))),
    ],
)
def test_nothing_to_fit(x, right):
    assert reference_fact("y", x, right) is None


def test_inputs_side_by_side():
    x = {"a": X[:, :3], "b": X[:, 3:]}
    (fact,) = references((x, LINEAR.values), [OUTPUT], ({"a": X[:, :3], "b": X[:, 3:]}, LINEAR.values))
    assert fact == reference_fact("y", X, LINEAR, (X, LINEAR))
    assert references((np.array(["text"] * 400), LINEAR.values), [OUTPUT]) == []


def test_a_readout_of_noise_scores_like_a_constant():
    assert abs(readout_score(X, NOISE) - 0.5) < 0.15
    assert readout_score(X[:10], NOISE.rows(np.arange(10))) is None
