import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from keras import layers

from keras_tips.probes.data_facts import ROWS, InputSummary, TargetSummary, data_facts

pytestmark = pytest.mark.backend
RNG = np.random.default_rng(0)


def chain(*parts, shape=(4,), **more):
    return keras.Sequential([keras.Input(shape, **more), *parts])


def summary(kind, *parts):
    made = kind("it")
    for part in parts:
        made.add(np.asarray(part))
    return made.fact()


tables = arrays("float64", st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32))


@given(tables, st.integers(0, 6))
def test_parts_give_what_the_whole_gives(table, cut):
    known = summary(InputSummary, table[:cut], table[cut:])
    scale = max(1.0, float(np.abs(table).max()))
    for name, slow in [("mean", table.mean()), ("deviation", table.std()), ("minimum", table.min()), ("maximum", table.max())]:
        assert known[name] == pytest.approx(slow, abs=1e-9 * scale)
    np.testing.assert_allclose(known["feature_mean"], table.mean(0), atol=1e-9 * scale)
    np.testing.assert_allclose(known["feature_deviation"], table.std(0), atol=1e-6 * scale)
    assert known["rows"] == len(table)


def test_a_large_mean_does_not_drown_a_small_deviation():
    rows = 1e9 + RNG.normal(size=(1000, 1))
    known = summary(InputSummary, *np.split(rows, 10))
    assert known["deviation"] == pytest.approx(rows.std(), rel=1e-6)


@pytest.mark.parametrize("shape", [(20,), (20, 3), (20, 5, 3), (20, 4, 4, 3)])
def test_features_are_the_last_axis(shape):
    rows = RNG.normal(size=shape)
    known = summary(InputSummary, rows)
    assert known["shape"] == list(shape[1:])
    np.testing.assert_allclose(known["feature_mean"], rows.reshape(-1, shape[-1] if len(shape) > 1 else 1).mean(0))


def test_entries_that_are_not_finite_are_counted_and_left_out():
    known = summary(InputSummary, [[1.0, np.nan], [3.0, np.inf]], [[5.0, 2.0]])
    assert (known["non_finite"], known["minimum"], known["maximum"], known["mean"]) == (2, 1.0, 5.0, 2.75)
    assert known["feature_mean"] == [3.0, 2.0]
    nothing = summary(InputSummary, [[np.nan]])
    assert (nothing["non_finite"], nothing["mean"], nothing["deviation"], nothing["integer"]) == (1, 0.0, 0.0, False)
    assert summary(InputSummary)["rows"] == 0


@pytest.mark.parametrize(
    "rows, whole", [([[1, 2]], True), ([[1.0, 2.0]], True), ([[1.0, 2.5]], False), ([[True, False]], True)]
)
def test_whole_numbers(rows, whole):
    assert summary(InputSummary, rows)["integer"] is whole
    assert summary(InputSummary, rows, np.full_like(rows, 0.5, dtype=float))["integer"] is False


def test_at_most_4096_features_have_numbers_of_their_own():
    known = summary(InputSummary, np.arange(10_000.0)[None])
    assert len(known["feature_mean"]) == 4096
    assert (known["feature_mean"][0], known["feature_mean"][-1]) == (0.0, 9999.0)


ONE_HOT = np.eye(4)[[0, 1, 2, 2]]


@pytest.mark.parametrize(
    "rows, kinds, classes, width",
    [
        (ONE_HOT, {"one_hot", "zero_one", "rows_sum_to_one", "integer"}, 3, 4),
        ([[0.2, 0.8], [0.5, 0.5]], {"rows_sum_to_one"}, None, 2),
        ([[1, 1, 0], [0, 0, 1]], {"zero_one", "integer"}, None, 3),
        ([0, 1, 1], {"zero_one", "integer"}, 2, 1),
        ([[0.0], [1.0]], {"zero_one", "integer"}, 2, 1),
        ([[1.0], [1.0]], {"zero_one", "integer"}, 1, 1),
        ([True, False], {"zero_one", "integer"}, 2, 1),
        ([3, 7, 7, 9], {"integer"}, 3, 1),
        ([0.5, 1.5], set(), None, 1),
        ([[2.0, -1.0], [0.0, 1.0]], {"integer"}, None, 2),
        (np.eye(3)[np.array([[0, 1], [2, 2]])], {"one_hot", "zero_one", "rows_sum_to_one", "integer"}, 3, 6),
    ],
)
def test_kinds_of_targets(rows, kinds, classes, width):
    known = summary(TargetSummary, rows)
    assert {kind for kind in ("one_hot", "zero_one", "rows_sum_to_one", "integer") if known[kind]} == kinds
    assert (known["classes"], known["width"]) == (classes, width)
    halves = summary(TargetSummary, np.asarray(rows)[:1], np.asarray(rows)[1:])
    assert halves == known


def test_targets_that_are_not_finite():
    known = summary(TargetSummary, [0.0, np.nan, 1.0])
    assert (known["non_finite"], known["maximum"], known["mean"]) == (1, 1.0, 0.5)


def test_whole_numbers_beyond_counting_are_amounts():
    assert summary(TargetSummary, np.arange(70_000))["classes"] is None


def names(facts):
    return [fact["name"] for fact in facts["inputs"]], [fact["name"] for fact in facts["targets"]]


def test_names_of_one_input_and_output():
    model = chain(layers.Dense(1, name="last"), name="pixels")
    assert names(data_facts(np.ones((3, 4)), np.ones(3), model)) == (["pixels"], ["last"])
    assert names(data_facts(np.ones((3, 4)), None, model)) == (["pixels"], [])


def two():
    tokens, numbers = keras.Input((6,), name="tokens"), keras.Input((2,), name="numbers")
    looked_up = layers.Flatten()(layers.Embedding(50, 3)(layers.Reshape((2, 3))(tokens)))
    both = layers.Concatenate()([looked_up, numbers])
    return keras.Model([tokens, numbers], [layers.Dense(1, name="left")(both), layers.Dense(2, name="right")(both)])


TOKENS, NUMBERS, LEFT, RIGHT = np.ones((5, 6)), np.zeros((5, 2)), np.ones(5), np.zeros((5, 2))


@pytest.mark.parametrize(
    "x, y",
    [
        ([TOKENS, NUMBERS], [LEFT, RIGHT]),
        ((TOKENS, NUMBERS), (LEFT, RIGHT)),
        ({"numbers": NUMBERS, "tokens": TOKENS}, {"right": RIGHT, "left": LEFT}),
    ],
)
def test_several_inputs_and_outputs(x, y):
    known = data_facts(x, y, two())
    assert names(known) == (["tokens", "numbers"], ["left", "right"])
    assert [fact["embedded"] for fact in known["inputs"]] == [True, False]
    assert [fact["mean"] for fact in (*known["inputs"], *known["targets"])] == [1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("nested", [False, True])
def test_embedded_inputs(nested):
    parts = [layers.Embedding(9, 2), layers.Flatten(), layers.Dense(1)]
    inner = chain(*parts) if nested else None
    for model in (chain(inner) if nested else chain(*parts), keras.Sequential([inner] if nested else parts)):
        assert data_facts(np.ones((3, 4), "int32"), np.ones(3), model)["inputs"][0]["embedded"] is True
    assert data_facts(np.ones((3, 4)), np.ones(3), chain(layers.Dense(1)))["inputs"][0]["embedded"] is False


def test_tensors_and_lists_are_arrays():
    rows = [[1.0, 2.0, 3.0, 4.0]]
    model = chain(layers.Dense(1))
    known = [data_facts(x, [1.0], model) for x in (rows, np.array(rows), keras.ops.convert_to_tensor(rows))]
    assert known[0] == known[1] == known[2]


def test_text_is_left_out():
    model = keras.Sequential([layers.Dense(1)])
    assert data_facts(np.array([["a"], ["b"]]), np.array(["yes", "no"]), model) == {"inputs": [], "targets": []}


def test_of_many_rows_some_at_even_distances_are_looked_at():
    rows = np.arange(50_000.0)[:, None]
    (known,) = data_facts(rows, rows, chain(layers.Dense(1), shape=(1,)))["inputs"]
    assert (known["rows"], known["minimum"], known["maximum"]) == (ROWS, 0.0, 49_999.0)
    assert known["mean"] == pytest.approx(rows.mean(), rel=1e-3)


@pytest.mark.parametrize(
    "x, y", [(3.0, [1.0]), (np.ones((0, 4)), np.ones(0)), (np.ones((3, 4)), np.ones(2)), (iter([1]), [1.0])]
)
def test_bad_data(x, y):
    with pytest.raises(ValueError, match="Invalid `x"):
        data_facts(x, y, chain(layers.Dense(1)))


@pytest.mark.parametrize("as_rows", [np.array, lambda numbers: np.eye(4)[np.array(numbers)]], ids=["numbers", "one-hot"])
def test_counts_and_order_of_classes(as_rows):
    summary = TargetSummary("it")
    for part in ([0, 0, 0, 3], [3, 1]):
        summary.add(as_rows(part))
    fact = summary.fact()
    assert fact["class_counts"] == {"0": 3, "3": 2, "1": 1}
    assert fact["repeats"] == pytest.approx(3 / 5)  # of five rows that follow another one, three are of its class


def test_amounts_have_no_classes():
    summary = TargetSummary("it")
    summary.add(np.array([0.5, 0.5]))
    assert (summary.fact()["class_counts"], summary.fact()["repeats"]) == ({}, None)


def test_whole_numbers_beyond_int64_are_counted_without_a_warning():
    summary = TargetSummary("it")
    summary.add(np.array([1e30, 1e30]))
    assert summary.fact()["class_counts"] == {str(int(1e30)): 2}


def test_what_the_best_constant_of_each_unit_costs():
    y = np.random.default_rng(0).exponential(size=(300, 2)) * [1.0, 5.0] + [0.0, 50.0]
    summary = TargetSummary("it")
    summary.add(y[:100])
    summary.add(y[100:])
    grid = np.linspace(0, 80, 4001)[:, None]
    squares = np.mean([((y[:, unit] - grid) ** 2).mean(1).min() for unit in (0, 1)])
    distances = np.mean([np.abs(y[:, unit] - grid).mean(1).min() for unit in (0, 1)])
    expected = {"mean_squared_error": squares, "mean_absolute_error": distances}
    assert summary.fact()["constant_losses"] == pytest.approx(expected, rel=1e-3)


def test_what_the_best_constant_of_each_label_costs():
    y = np.array([[0, 1], [0, 1], [1, 1], [0, 1]])
    summary = TargetSummary("it")
    summary.add(y)
    loss = keras.losses.BinaryCrossentropy()(y, np.tile([[0.25, 1.0]], (4, 1)))
    assert summary.fact()["constant_losses"]["binary_crossentropy"] == pytest.approx(float(loss), rel=1e-5)


def test_targets_that_are_not_finite_have_no_best_constant():
    summary = TargetSummary("it")
    summary.add(np.array([1.0, np.nan]))
    assert summary.fact()["constant_losses"] == {}


def test_what_the_best_constant_costs_where_every_position_has_a_class():
    """The network of biases alone: the same distribution at each pixel."""
    masks = np.random.default_rng(0).choice(3, p=[0.6, 0.3, 0.1], size=(20, 4, 5))
    shares = np.bincount(masks.ravel()) / masks.size
    said = np.broadcast_to(shares, (*masks.shape, 3)).astype("float32")
    expected = float(keras.losses.SparseCategoricalCrossentropy()(masks, said))
    for targets, name in ((masks, "sparse_categorical_crossentropy"), (np.eye(3)[masks], "categorical_crossentropy")):
        summary = TargetSummary("it")
        summary.add(targets)
        fact = summary.fact()
        known = fact["constant_losses"].get(name)
        assert known is None if fact["classes"] else known == pytest.approx(expected, rel=1e-4)
        assert fact["classes"] or known is not None
