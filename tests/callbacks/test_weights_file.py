"""Weights in a file: as they were, of every type, and whole or not at all."""

import ml_dtypes
import numpy as np
import pytest

from keras_tips.callbacks.weights_file import read_weights, write_weights

WEIGHTS = [
    np.arange(6, dtype="float32").reshape(2, 3),
    np.array(3, dtype="int64"),
    np.array([1.5, -2.0], dtype=ml_dtypes.bfloat16),
    np.array([[True, False]]),
    np.zeros((0, 4), "float16"),
    np.array([0.5, 1.0], dtype=ml_dtypes.float8_e4m3fn),
]


@pytest.mark.parametrize("weights", [WEIGHTS, [], WEIGHTS[::-1] * 3])
def test_comes_back_as_it_was(tmp_path, weights):
    path = tmp_path / "new" / "weights.npz"
    write_weights(path, weights)
    again = read_weights(path)
    assert len(again) == len(weights)
    for one, other in zip(weights, again, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    assert [each.name for each in path.parent.iterdir()] == ["weights.npz"]


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights.npz"
    write_weights(path, WEIGHTS)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_weights(path, [np.zeros(9), np.array([object()])])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: b"no archive at all"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "weights.npz"
    write_weights(path, WEIGHTS)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"weights\.npz holds no weights, or is damaged"):
        read_weights(path)
    np.savez(path, other=np.zeros(2))
    with pytest.raises(ValueError, match="holds no weights"):
        read_weights(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_weights(tmp_path / "weights.npz")
