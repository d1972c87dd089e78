"""Whatever `fit` takes comes out as batches of NumPy arrays, read once."""

import re
from itertools import islice

import keras
import numpy as np
import pytest

from keras_tips.layers.batches_of import SLICE_BYTES, batches_of

pytestmark = pytest.mark.backend

X = np.arange(24, dtype="float32").reshape(8, 3)
Y = np.zeros(8)


def parts(size=3):
    return [X[start : start + size] for start in range(0, len(X), size)]


class PairsByIndex(keras.utils.PyDataset):
    """Batches of (x, y); without a length where it is endless."""

    def __init__(self, endless=False):
        super().__init__()
        self.endless = endless

    @property
    def num_batches(self):
        return None if self.endless else len(parts())

    def __getitem__(self, index):
        return parts()[index % 3], Y[:3]


def tf_data():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(3)


def loader():
    torch = pytest.importorskip("torch")
    pairs = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    return torch.utils.data.DataLoader(pairs, batch_size=3)


SOURCES = {
    "NumPy": lambda: X,
    "backend tensor": lambda: keras.ops.convert_to_tensor(X),
    "nested lists": lambda: X.tolist(),
    "pandas": lambda: pytest.importorskip("pandas").DataFrame(X),
    "list of batches": parts,
    "list of tensors": lambda: [keras.ops.convert_to_tensor(part) for part in parts()],
    "tf.data of pairs": tf_data,
    "tf.data of inputs": lambda: tf_data().map(lambda x, y: x),
    "PyDataset": PairsByIndex,
    "DataLoader": loader,
    "generator": lambda: (part for part in parts()),
    "generator of triples": lambda: ((part, None, None) for part in parts()),
    "generator of lists": lambda: (part.tolist() for part in parts()),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_gives_all_inputs_once_and_in_order(source):
    batches = list(batches_of(source()))
    assert all(type(batch) is np.ndarray for batch in batches)
    np.testing.assert_array_equal(np.concatenate(batches), X)


def test_an_array_is_read_in_slices(tmp_path):
    np.save(tmp_path / "data.npy", np.zeros((50, SLICE_BYTES // 80), "uint8"))
    array = np.load(tmp_path / "data.npy", mmap_mode="r")
    assert [len(batch) for batch in batches_of(array)] == [50]
    assert {batch.nbytes <= SLICE_BYTES for batch in batches_of(array.astype("float64"))} == {True}
    assert [len(batch) for batch in batches_of(np.zeros((2, SLICE_BYTES), "uint8"))] == [1, 1]


@pytest.mark.parametrize("name", ["float16", "float64", "uint8", "int64", "bool"])
def test_keeps_numbers_of_all_kinds(name):
    (batch,) = batches_of(X.astype(name))
    assert batch.dtype == name


def test_takes_tensors_of_eight_bits_of_precision():
    (batch,) = batches_of(keras.ops.cast(X, "bfloat16"))
    np.testing.assert_array_equal(batch, X)


def test_leaves_out_batches_without_examples():
    assert [len(batch) for batch in batches_of([X[:0], X, X[:0]])] == [8]
    assert list(batches_of(X[:0])) == []
    assert list(batches_of([])) == []


def endless():
    while True:
        yield X


@pytest.mark.parametrize(
    "source",
    [endless, lambda: tf_data().repeat(), lambda: PairsByIndex(endless=True)],
    ids=["generator", "tf.data", "PyDataset"],
)
def test_reads_as_many_steps_as_it_is_told(source):
    assert len(list(islice(batches_of(source(), steps=5), 9))) == 5


def test_takes_no_more_from_a_generator_than_it_is_told():
    generator = iter(parts())
    assert len(list(batches_of(generator, steps=2))) == 2
    np.testing.assert_array_equal(next(generator), X[6:])


@pytest.mark.parametrize(
    "source", [lambda: tf_data().repeat(), lambda: PairsByIndex(endless=True)], ids=["tf.data", "PyDataset"]
)
def test_refuses_what_says_that_it_never_ends(source):
    with pytest.raises(ValueError, match=r"Expected batches that end.*adapt\(data, steps=...\)"):
        next(batches_of(source()))


@pytest.mark.parametrize(
    "data, steps, sentence",
    [
        (3, None, "Received: data=3. Give the inputs that `fit` gets."),
        (None, None, "data=None"),
        ("x.csv", None, "data='x.csv'"),
        ({"a": X}, None, "Expected an array, a data set, a generator or a list of batches."),
        (np.float32(3), None, "Expected an array of shape (examples, ...)."),
        (np.array([["a"]]), None, "Expected batches of real numbers."),
        (np.array([[1j]]), None, "Expected batches of real numbers."),
        ([{"a": X}], None, "A dict has several inputs"),
        ([1.0, [2.0]], None, "Expected batches of equal rows."),
        ([[X.tolist(), [1.0]]], None, "Expected batches of equal rows."),
        ((part for part in ([[1.0], [2.0, 3.0]],)), None, "Expected batches of equal rows."),
        ((number for number in (1.0, 2.0)), None, "Expected batches of shape (batch, ...)."),
        ([X, X[0]], None, "Expected batches of 2 axes, as the first. Received: data=(3,)."),
        (X, 2, "Expected None with an array, which has no batches. Received: steps=2."),
        ([X], 0, "steps=0"),
        ([X], 1.5, "steps=1.5"),
        ([X], True, "steps=True"),
    ],
)
def test_refuses_what_holds_no_batches(data, steps, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        list(batches_of(data, steps))


def test_refuses_ragged_and_sparse_tensors():
    import tensorflow as tf
    from scipy.sparse import csr_array

    for data in (tf.ragged.constant([[1.0], [2.0, 3.0]]), csr_array(X)):
        with pytest.raises(ValueError, match="Invalid `data`"):
            list(batches_of(data))
