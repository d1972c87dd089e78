"""What `SnapshotCheckpoint` keeps, refuses and tells: the same on each backend, and so examined on one."""

import copy
import json
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

from keras_tips.callbacks import SnapshotCheckpoint

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")  # 6 steps of 4 rows
Y = X[:, :1] - X[:, 1:2]


def network(units=3, optimizer="sgd"):
    """Eager: compiling would take longer than the few steps."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(units), layers.Dense(1)])
    model.compile(optimizer, "mean_squared_error", run_eagerly=True)
    return model


def fit(model, epochs, *callbacks, **options):
    return model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), **{"batch_size": 4, "verbose": 0, **options})


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def on_loss(directory, **options):
    return SnapshotCheckpoint(directory, **{"monitor": "loss", **options})


class Losses(keras.callbacks.Callback):
    """Gives the metrics of each epoch."""

    def __init__(self, name, values):
        super().__init__()
        self.name, self.values = name, values

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


def test_last_and_best_are_kept_and_the_index_tells_which(tmp_path):
    snapshots = SnapshotCheckpoint(tmp_path, keep_last=2, keep_best=2)
    fit(network(), 6, Losses("val_loss", [3.0, 1.0, float("nan"), 1.0, 4.0, 5.0]), snapshots)
    assert [snapshot.epoch for snapshot in snapshots.snapshots] == [2, 4, 5, 6]
    assert (snapshots.best.name, snapshots.last.name) == ("epoch_0002_step_00000012.keras", "epoch_0006_step_00000036.keras")
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == [*(each.file for each in snapshots.snapshots), "index.json"]
    text = (tmp_path / "index.json").read_text()
    told = json.loads(text)
    assert "\n  " in text  # indented
    assert (told["monitor"], told["mode"]) == ("val_loss", "min")
    assert told["last"] == ["epoch_0006_step_00000036.keras", "epoch_0005_step_00000030.keras"]
    assert told["best"] == ["epoch_0002_step_00000012.keras", "epoch_0004_step_00000024.keras"]
    assert told["snapshots"][0]["metrics"]["val_loss"] == 1.0
    assert {"file", "epoch", "step", "time", "metrics"} == set(told["snapshots"][0])


def test_the_best_so_far_survives_a_restart(tmp_path):
    fit(network(), 2, Losses("val_loss", [1.0, 2.0]), SnapshotCheckpoint(tmp_path, keep_last=1))
    snapshots = SnapshotCheckpoint(tmp_path, keep_last=1)
    fit(network(), 4, Losses("val_loss", [0.0, 0.0, 3.0, 4.0]), snapshots)
    assert [(snapshot.epoch, snapshot.step) for snapshot in snapshots.snapshots] == [(1, 6), (4, 24)]
    assert snapshots.best.name.startswith("epoch_0001")


@pytest.mark.filterwarnings("ignore:`monitor` is 'val_loss'")
def test_without_validation_the_training_loss_ranks_until_there_is_one(tmp_path):
    x, snapshots = network(), SnapshotCheckpoint(tmp_path, keep_last=1)
    fit(x, 1, Losses("loss", [7.0]), snapshots)
    assert json.loads((tmp_path / "index.json").read_text())["monitor"] == "loss"
    fit(network(), 3, Losses("val_loss", [0.0, 5.0, 6.0]), SnapshotCheckpoint(tmp_path, keep_last=1))
    assert [snapshot.epoch for snapshot in snapshots.snapshots] == [2, 3]
    assert json.loads((tmp_path / "index.json").read_text())["monitor"] == "val_loss"


def test_a_missing_monitor_is_told_once_and_everything_is_kept_going(tmp_path):
    with pytest.warns(UserWarning, match=r"not among the metrics of this epoch \(loss\).*ranked by 'loss'") as told:
        fit(network(), 2, SnapshotCheckpoint(tmp_path / "one"))
    assert len([each for each in told if "monitor" in str(each.message)]) == 1
    snapshots = SnapshotCheckpoint(tmp_path / "two", monitor="val_lossy")
    with pytest.warns(UserWarning, match="No snapshot is kept as the best. Did you mean 'val_loss'"):
        fit(network(), 2, snapshots, validation_data=(X, Y))
    assert (snapshots.best, snapshots.last.name) == (None, "epoch_0002_step_00000012.keras")


def test_direction_is_what_keras_knows_and_a_metric_that_it_does_not_know_is_told(tmp_path):
    @keras.saving.register_keras_serializable("tests")
    class Odd(keras.metrics.Mean):
        def update_state(self, y, y_pred, sample_weight=None):
            super().update_state(y_pred)

    model = network()
    model.compile("sgd", "mean_squared_error", metrics=["accuracy", Odd(name="odd")], run_eagerly=True)
    snapshots = SnapshotCheckpoint(tmp_path / "one", monitor="val_accuracy", keep_last=1)
    fit(model, 3, Losses("val_accuracy", [0.1, 0.3, 0.2]), snapshots)
    assert snapshots.best.name.startswith("epoch_0002")
    assert json.loads((tmp_path / "one" / "index.json").read_text())["mode"] == "max"
    odd = SnapshotCheckpoint(tmp_path / "two", monitor="odd")
    with pytest.raises(ValueError, match="mode='max'"):
        fit(model, 1, odd)
    assert json.loads((tmp_path / "two" / "index.json").read_text())["last"] == [odd.last.name]  # the epoch is not lost
    fit(model, 2, SnapshotCheckpoint(tmp_path / "two", monitor="odd", mode="max"))
    assert odd.best.exists()


def test_by_steps_those_within_an_epoch_and_its_end(tmp_path):
    snapshots = on_loss(tmp_path, save_freq=4, keep_last=None)
    fit(network(), 3, snapshots)
    assert [(each.epoch, each.step) for each in snapshots.snapshots] == [(0, 4), (1, 6), (1, 8), (2, 12), (2, 16), (3, 18)]
    assert [bool(each.metrics) for each in snapshots.snapshots] == [False, True] * 3
    seldom = on_loss(tmp_path / "seldom", save_freq=12, keep_last=None)
    fit(network(), 5, seldom)
    assert [(each.epoch, each.step) for each in seldom.snapshots] == [(2, 12), (4, 24)]


class StopsAtStep(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.left = step

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_where_all_epochs_are_done_nothing_is_trained(tmp_path, capsys):
    trained, snapshots = network(), on_loss(tmp_path)
    fit(trained, 2, snapshots)
    best = snapshots.best
    model = network()
    assert fit(model, 2, on_loss(tmp_path), verbose=2).epoch == []
    assert snapshots.best == best
    assert same(trained.get_weights(), model.get_weights())
    assert "Nothing is left to do, since epochs=2." in capsys.readouterr().out
    assert fit(model, 1).epoch == [0]  # Keras has not been left with another first epoch


def test_the_same_callback_goes_on_with_the_model_in_memory_unless_fit_broke_off(tmp_path):
    model, snapshots = network(), on_loss(tmp_path, keep_last=None)
    assert fit(model, 2, snapshots).epoch == [0, 1]
    assert fit(model, 2, snapshots).epoch == [0, 1]  # as without it
    assert [(each.epoch, each.step) for each in snapshots.snapshots] == [(1, 6), (2, 12), (1, 18), (2, 24)]
    with pytest.raises(KeyboardInterrupt):
        fit(model, 4, snapshots, StopsAtStep(20))
    assert fit(model, 4, snapshots).epoch == [3]


OPTIMIZERS = {
    "scaled loss": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.05)),
    "schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 30)),
    "one per layer": lambda: keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(keras.optimizers.Adam(0.1), {".*bias": keras.optimizers.SGD(0.1)})
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_state_of_optimizers_that_hold_others_is_restored(name, tmp_path):
    def made():
        keras.utils.set_random_seed(0)
        return network(optimizer=OPTIMIZERS[name]())

    straight, resumed = made(), made()
    fit(straight, 4, shuffle=False)
    fit(made(), 2, on_loss(tmp_path), shuffle=False)
    fit(resumed, 4, on_loss(tmp_path), shuffle=False)
    assert same(straight.get_weights(), resumed.get_weights())


@pytest.mark.parametrize("other", ["units", "optimizer", "layers"])
def test_snapshots_of_another_model_are_refused_before_anything_changes(other, tmp_path):
    snapshots = on_loss(tmp_path)
    fit(network(), 1, snapshots)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    if other == "layers":
        model = keras.Sequential([keras.Input((4,)), *(layers.Dense(4, name=f"d{each}") for each in range(2))])
        model.compile("sgd", "mean_squared_error", run_eagerly=True)
    else:
        model = network(units=5) if other == "units" else network(optimizer="adam")
    weights = model.get_weights()
    what = "optimizer in epoch_0001" if other == "optimizer" else "weights in epoch_0001"
    with pytest.raises(ValueError, match=f"Invalid `directory`.*{what}.*variables with"):
        fit(model, 2, on_loss(tmp_path))
    assert same(weights, model.get_weights())
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert fit(network(), 2, on_loss(tmp_path)).epoch == [1]  # the folder is free


def test_a_lost_index_is_made_anew(tmp_path):
    snapshots = on_loss(tmp_path, mode="min")
    fit(network(), 3, snapshots)
    whole = (tmp_path / "index.json").read_text()
    (tmp_path / "index.json").unlink()
    fit(network(), 3, on_loss(tmp_path, mode="min"))
    assert (tmp_path / "index.json").read_text() == whole


def test_resume_false_refuses_what_is_there(tmp_path):
    fit(network(), 1, on_loss(tmp_path, resume=False))
    with pytest.raises(ValueError, match=r"Invalid `directory`\. Expected one without snapshots"):
        fit(network(), 1, on_loss(tmp_path, resume=False))


def test_a_damaged_snapshot_is_refused_and_named(tmp_path):
    snapshots = on_loss(tmp_path)
    fit(network(), 2, snapshots)
    whole = snapshots.last.read_bytes()
    with zipfile.ZipFile(snapshots.last) as archive:
        place = archive.getinfo("model.weights.h5").header_offset + 2000
    snapshots.last.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])  # one bit of the weights
    model = network()
    weights = model.get_weights()
    with pytest.raises(ValueError, match=r"epoch_0002_step_00000012\.keras.*damaged"):
        fit(model, 3, on_loss(tmp_path))
    assert same(weights, model.get_weights())


def test_two_at_once_are_refused_and_copies_before_fit_are_well(tmp_path):
    class Another(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            with pytest.raises(BlockingIOError, match="Another training is writing to"):
                fit(network(), 1, on_loss(tmp_path))

    fit(network(), 1, copy.deepcopy(on_loss(tmp_path)), Another())


def test_in_a_training_loop_of_ones_own(tmp_path):
    model, snapshots = network(), on_loss(tmp_path)
    calls = keras.callbacks.CallbackList([snapshots], model=model, epochs=1, steps=2)
    calls.on_train_begin()
    calls.on_epoch_begin(0)
    for batch in range(2):
        calls.on_train_batch_begin(batch)
        model.train_on_batch(X[:4], Y[:4])
        calls.on_train_batch_end(batch)
    calls.on_epoch_end(0, {"loss": 1.0})
    calls.on_train_end()
    assert snapshots.last.name == "epoch_0001_step_00000002.keras"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"directory": 3}, "Invalid `directory`.*Received: directory=3"),
        ({"directory": ""}, "Invalid `directory`"),
        ({"directory": __file__}, "A file of that name is there"),
        ({"keep_last": 0}, "Invalid `keep_last`.*at least 1.*keep_last=0"),
        ({"keep_last": True}, "Invalid `keep_last`"),
        ({"keep_best": -1}, "Invalid `keep_best`"),
        ({"keep_best": float("nan")}, "Invalid `keep_best`"),
        ({"monitor": None}, "Invalid `monitor`"),
        ({"mode": "maximum"}, "Invalid `mode`.*Did you mean 'max'"),
        ({"save_freq": "epochs"}, "Invalid `save_freq`.*Did you mean 'epoch'"),
        ({"save_freq": 0}, "Invalid `save_freq`"),
        ({"save_freq": 1.5}, "Invalid `save_freq`"),
        ({"resume": 1}, "Invalid `resume`"),
    ],
)
def test_bad_arguments_are_refused(arguments, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        SnapshotCheckpoint(**{"directory": tmp_path, **arguments})


def test_own_optimizers_are_restored_or_it_is_said_that_they_are_not(tmp_path):
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.second = layers.Dense(1), keras.optimizers.Adam(0.1)
            self.build((None, 4))

        def build(self, shape):
            self.dense.build(shape)

        def call(self, x):
            return self.dense(x)

    def two(built):
        model = Two()
        model.compile("sgd", "mean_squared_error")
        if built:
            model.second.build(model.trainable_variables)
        return model

    first = two(built=True)
    first.second.iterations.assign(7)
    fit(first, 1, on_loss(tmp_path))
    resumed = two(built=True)
    fit(resumed, 2, on_loss(tmp_path))
    assert int(resumed.second.iterations) == 7
    with pytest.raises(ValueError, match="Skipping variable loading"):
        fit(two(built=False), 3, on_loss(tmp_path))


def test_steps_are_counted_with_several_in_one_execution(tmp_path):
    model = network()
    model.compile("sgd", "mean_squared_error", steps_per_execution=4)
    snapshots = on_loss(tmp_path, save_freq=4, keep_last=None)
    fit(model, 2, snapshots)
    assert [(each.epoch, each.step) for each in snapshots.snapshots] == [(0, 4), (1, 6), (1, 10), (2, 12)]
