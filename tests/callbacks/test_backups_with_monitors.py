"""Backups and checkpoints are what they would have been without monitors, and a resumed training goes on with its run."""

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from keras_tips import Doctor, load_run
from keras_tips.callbacks import ActivationMonitor, GradientMonitor

pytestmark = pytest.mark.backend

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
EPOCHS = 4


def network():
    keras.utils.clear_session()  # automatic names are part of what is stored
    keras.utils.set_random_seed(0)
    hidden = [
        layers.Dense(5, "tanh", name="hidden"),
        layers.Dropout(0.3, name="dropout"),
        layers.BatchNormalization(name="norm"),
    ]
    model = keras.Sequential([keras.Input((4,), name="in"), *hidden, layers.Dense(1, name="last")], name="model")
    model.compile(keras.optimizers.Adam(0.01, name="adam"), "mse")
    return model


def monitors():
    return [GradientMonitor(every=1), ActivationMonitor(every=2), Doctor()]


def fitted(callbacks, epochs=EPOCHS):
    model = network()
    model.fit(X, X[:, :1], batch_size=8, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)
    return model


class Breaks(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise RuntimeError("planned")


def contents(path):
    """Everything in an HDF5 file: name -> array."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, node: found.update({name: node[()]}) if isinstance(node, h5py.Dataset) else None)
    return found


def test_backups_are_the_same(tmp_path):
    for name, watched in (("plain", []), ("watched", monitors())):
        fitted([*watched, keras.callbacks.BackupAndRestore(tmp_path / name, delete_checkpoint=False)])
    plain, watched = ({path.name for path in (tmp_path / name).rglob("*")} for name in ("plain", "watched"))
    assert plain == watched
    (file,) = (tmp_path / "plain").rglob("*.weights.h5")
    (other,) = (tmp_path / "watched").rglob("*.weights.h5")
    expected, found = contents(file), contents(other)
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def interrupted_and_resumed(callbacks):
    """The model of a second `fit`, made anew, that goes on where the first one broke off."""
    with pytest.raises(RuntimeError, match="planned"):
        fitted([*callbacks(), Breaks()])
    return fitted(callbacks())


def test_a_training_resumed_from_a_backup_goes_on_with_its_run(tmp_path):
    def watched():
        return [Doctor(every=1, log_dir=tmp_path / "run"), keras.callbacks.BackupAndRestore(tmp_path / "watched")]

    plain = interrupted_and_resumed(lambda: [keras.callbacks.BackupAndRestore(tmp_path / "plain")])
    resumed = interrupted_and_resumed(watched)
    for one, other in zip(resumed.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    run = load_run(tmp_path / "run")
    assert run.status == "completed"
    assert not (tmp_path / "run" / "run.1.jsonl").exists()
    assert run.series("gradient_norm", "model/last/kernel")[0].tolist() == list(range(3 * EPOCHS))
    assert run.series("loss", "train")[0].tolist() == [2, 5, 8, 11]
    whole = Doctor(every=1)
    fitted([whole], epochs=2)
    np.testing.assert_allclose(
        run.values("gradient_norm", "model/last/kernel")[:6], whole.run.values("gradient_norm", "model/last/kernel"), rtol=1e-6
    )


@pytest.mark.filterwarnings("ignore")  # of orbax itself
def test_orbax_checkpoints_are_the_same(tmp_path):
    checkpoint = pytest.importorskip("orbax.checkpoint", reason="orbax-checkpoint is not installed")
    for name, watched in (("plain", []), ("watched", monitors())):
        saver = keras.callbacks.OrbaxCheckpoint(tmp_path / name, save_freq="epoch", save_on_background=False)
        fitted([*watched, saver], epochs=2)
    plain, watched = (
        checkpoint.PyTreeCheckpointer().restore(next(path for path in sorted((tmp_path / name).rglob("pytree"))))
        for name in ("plain", "watched")
    )
    keras.tree.assert_same_structure(plain, watched)
    for one, other in zip(keras.tree.flatten(plain), keras.tree.flatten(watched), strict=True):
        np.testing.assert_array_equal(one, other)
