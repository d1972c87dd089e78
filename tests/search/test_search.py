"""Whole searches, tiny ones."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap

import keras
import keras_tuner
import numpy as np
import pytest
from configs import written

from keras_tips.records import Leaderboard
from keras_tips.search import ExperimentTuner, load_config, load_curves, load_leaderboard, search
from keras_tips.tips import describe

pytestmark = pytest.mark.filterwarnings(
    # 2026-11: TensorFlow 2.21's variables lack the copy keyword that NumPy 2 asks for; Keras converts them all the time.
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

# Rows in three clusters; the scale of the second feature is what scale_inputs treats.
LABELS = np.arange(60) % 3
ROWS = (np.eye(3)[LABELS] + np.random.default_rng(0).normal(scale=0.3, size=(60, 3))).astype("float32") * [1, 100, 1]


def snapshot(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def plain(board):
    return sorted((dataclasses.astuple(trial) for trial in board.trials), key=str)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return load_config(written(tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="module")
def done(config, tmp_path_factory):
    """A finished search that tests may look at and not change."""
    folder = tmp_path_factory.mktemp("search") / "new" / "folder"
    seen = []
    board = search(config, (ROWS, LABELS), folder, progress=seen.append)
    return folder, board, seen


def test_gives_a_leaderboard(done):
    folder, board, seen = done
    assert isinstance(board, Leaderboard)
    assert [trial.status for trial in board.trials] == ["completed"] * 3
    scores = [trial.score for trial in board.trials]
    assert scores == sorted(scores, reverse=True)
    assert [trial.trial for trial in seen] == ["0", "1", "2"]
    assert plain(board) == plain(Leaderboard(tuple(seen)))
    assert all(trial.epochs == 1 for trial in board.trials)
    assert board == load_leaderboard(folder)


def test_values_that_play_no_part_are_left_out(done):
    for trial in done[1].trials:
        assert ("pieces" in trial.values) == (trial.values["activation"] == "maxout")
        assert ("scale_inputs.per" in trial.values) == trial.values["scale_inputs"]


def test_keeps_the_best_model(done):
    _, board, _ = done
    model = keras.models.load_model(board.best_model)
    from keras_tips.search.split import split

    _, (rows, labels) = split(ROWS, LABELS, share=0.2, seed=0)
    assert model.evaluate(rows, labels, verbose=0)[1] == pytest.approx(board.best.score, abs=1e-6)


def test_the_best_model_is_that_of_its_best_epoch(tmp_path):
    class Spoil(keras.callbacks.Callback):
        """Takes the network back to nothing before the last epoch."""

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate.assign(0.0)
                self.model.set_weights([np.zeros_like(weight) for weight in self.model.get_weights()])

    config = load_config(written(tmp_path, "epochs: 1", "epochs: 2"))
    board = search(config, (ROWS, LABELS), tmp_path / "search", (ROWS, LABELS), callbacks=[Spoil()])
    curve = [epoch["val_accuracy"] for epoch in load_curves(tmp_path / "search")[board.best.trial]]
    assert curve[0] > curve[1]
    assert board.best.score == curve[0]
    model = keras.models.load_model(board.best_model)
    assert model.evaluate(ROWS, LABELS, verbose=0)[1] == pytest.approx(curve[0], abs=1e-6)


def test_keeps_the_curves(done):
    curves = load_curves(done[0])
    assert sorted(curves) == ["0", "1", "2"]
    assert set(curves["0"][0]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    best = done[1].best
    assert max(epoch["val_accuracy"] for epoch in curves[best.trial]) == best.score


def test_writes_a_row_per_trial_for_tensorboard(done):
    folders = {path.parent.name for path in (done[0] / "board").rglob("events.out.tfevents.*")}
    assert folders == {"board", "0", "1", "2"}


def test_state_is_plain_json(done):
    def refuse(word):
        raise AssertionError(word)

    for path in done[0].rglob("*.json"):
        json.loads(path.read_text(), parse_constant=refuse)


def test_the_same_again_gives_the_same_scores_with_seed_0(config, done, tmp_path):
    assert plain(search(config, (ROWS, LABELS), tmp_path)) == plain(done[1]), "points or scores differ"


def test_another_seed_gives_other_points(done, tmp_path):
    other = load_config(written(tmp_path, "seed: 0", "seed: 1"))
    board = search(other, (ROWS, LABELS), tmp_path / "search")
    assert not {trial.values["lr"] for trial in board.trials} & {trial.values["lr"] for trial in done[1].trials}


def test_a_finished_search_is_only_read(config, done):
    folder, board, _ = done
    before = snapshot(folder)
    seen = []
    assert search(config, (ROWS, LABELS), folder, progress=seen.append) == board
    assert [trial.trial for trial in seen] == ["0", "1", "2"]
    changed = [path for path, state in snapshot(folder).items() if before.get(path, (None,))[0] != state[0]]
    assert all(path.parent.name == "board" or path.name.startswith("tuner") for path in changed), changed


KILLED = """
    import os, signal, sys
    import numpy as np, keras
    from keras_tips.search import load_config, search

    class Kill(keras.callbacks.Callback):
        seen = 0
        def on_epoch_end(self, epoch, logs=None):
            Kill.seen += 1
            if Kill.seen == 2:
                os.kill(os.getpid(), signal.SIGKILL)

    data = np.load(sys.argv[2])
    search(load_config(sys.argv[1]), (data["x"], data["y"]), sys.argv[3], callbacks=[Kill()])
"""


def test_goes_on_after_a_kill_with_the_same_scores(config, done, tmp_path):
    np.savez(tmp_path / "data.npz", x=ROWS, y=LABELS)
    folder = tmp_path / "search"
    command = [sys.executable, "-c", textwrap.dedent(KILLED), written(tmp_path), tmp_path / "data.npz", folder]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -signal.SIGKILL
    cut = load_leaderboard(folder)
    assert [(trial.trial, trial.status) for trial in cut.trials] == [("0", "completed"), ("1", "running")]
    assert plain(search(config, (ROWS, LABELS), folder)) == plain(done[1])


@pytest.mark.parametrize(
    "old, new, key, before, now",
    [
        ("epochs: 1", "epochs: 2", "search.epochs", "1", "2"),
        ("trials: 3", "trials: 9", "search.trials", "3", "9"),
        ("seed: 0", "seed: 5", "search.seed", "0", "5"),
        ("goal: max", "goal: min", "objective.goal", "'max'", "'min'"),
        ("max: 1e-1", "max: 2e-1", "space.lr.max", "0.1", "0.2"),
        ("units: 8", "batch_size: 8", "model.batch_size", "nothing", "8"),
        ("tips: [scale_inputs]", "", "tips", "['scale_inputs']", "[]"),
    ],
)
def test_another_config_is_refused_and_nothing_touched(done, tmp_path, old, new, key, before, now):
    state = snapshot(done[0])
    with pytest.raises(ValueError, match="Put the old value back") as caught:
        search(load_config(written(tmp_path, old, new)), (ROWS, LABELS), done[0])
    assert str(caught.value).startswith(f"Invalid `{key}`. Expected {before}, with which the search in {done[0]} was begun.")
    assert f"Received: {now}." in str(caught.value)
    assert snapshot(done[0]) == state


def test_other_data_is_refused(config, done):
    with pytest.raises(ValueError, match=r"Invalid `data\.hash`"):
        search(config, (ROWS + 1, LABELS), done[0])


@pytest.mark.parametrize(
    "name", ["search.json", "best.json", "tuner/oracle.json", "tuner/tuner0.json", "tuner/trial_1/trial.json", "curves/2.json"]
)
@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda text: "", lambda text: "[]"])
def test_a_damaged_file_is_named_and_nothing_touched(config, done, tmp_path, name, damage):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(done[0], folder)
    path = folder / name
    path.write_text(damage(path.read_text()))
    state = snapshot(folder)
    with pytest.raises(ValueError, match="Damaged state file") as caught:
        search(config, (ROWS, LABELS), folder)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert snapshot(folder) == state


def test_a_second_search_in_the_same_folder_is_refused(config, tmp_path):
    class Second(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            with pytest.raises(BlockingIOError, match="Another search is running in"):
                search(config, (ROWS, LABELS), tmp_path)
            refused.append(True)

        def __deepcopy__(self, memo):
            return self

    refused = []
    search(config, (ROWS, LABELS), tmp_path, callbacks=[Second()])
    assert refused == [True] * 3


def test_a_trial_that_fails_says_why_and_the_others_go_on(config, tmp_path, capfd):
    class Failing(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            if float(self.model.optimizer.learning_rate) < 0.003:
                raise OSError("the disk is full")

    board = search(config, (ROWS, LABELS), tmp_path, callbacks=[Failing()])
    failed = [trial for trial in board.trials if trial.status == "failed"]
    assert 0 < len(failed) < 3
    assert {trial.reason for trial in failed} == {"OSError: the disk is full"}
    assert all(trial.score is None for trial in failed)
    assert "Traceback" not in capfd.readouterr().err


def test_a_score_that_is_never_finite_fails(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "version: 1\nobjective: {name: val_loss, goal: min}\nsearch: {algorithm: random, trials: 2, epochs: 1}\n"
        "space: {lr: {min: 1e-3, max: 1e-2}}\n"
    )
    rows = np.full_like(ROWS, 1e38)  # finite, and infinite once they are summed up
    board = search(load_config(path), (rows, LABELS), tmp_path / "search")
    assert {trial.reason for trial in board.trials} == {"val_loss was finite in no epoch."}
    assert (board.best, board.best_model) == (None, "")


def test_varies_an_experiment_of_ones_own(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    path = tmp_path / "config.yaml"
    path.write_text(
        "version: 1\nobjective: {name: val_accuracy, goal: max}\nsearch: {algorithm: random, trials: 2, epochs: 1}\n"
        "space: {lr: {min: 0.5, max: 1.0}, batch_size: [5]}\ntips: [relu]\n"
    )
    board = search(load_config(path), (ROWS, LABELS), tmp_path / "search", experiment=describe(model))
    best = keras.models.load_model(board.best_model)
    assert float(best.optimizer.learning_rate) == pytest.approx(board.best.values["lr"])
    assert isinstance(best.optimizer, keras.optimizers.SGD)
    with pytest.raises(ValueError, match=r"Invalid `experiment`"):
        search(load_config(path), (ROWS, LABELS), tmp_path / "search", experiment=describe(model, callbacks={"History": {}}))


def test_parameters_of_the_built_in_model_need_it(config, tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"Invalid `experiment`.*`activation`"):
        search(config, (ROWS, LABELS), tmp_path / "search", experiment=describe(model))


@pytest.mark.parametrize(
    "name, goal, hint",
    [("val_acuracy", "max", "Did you mean 'val_accuracy'"), ("val_mean_absolute_error", "min", "one of loss,")],
)
def test_an_objective_that_is_not_logged_is_refused_at_once(tmp_path, name, goal, hint):
    config = load_config(written(tmp_path, "name: val_accuracy, goal: max", f"name: {name}, goal: {goal}"))
    with pytest.raises(ValueError, match=hint):
        search(config, (ROWS, LABELS), tmp_path / "search")
    assert not (tmp_path / "search").exists()


def test_refuses_a_model_where_an_experiment_is_expected(config, tmp_path):
    with pytest.raises(ValueError, match=r"Invalid `experiment`.*describe\(model\)"):
        search(config, (ROWS, LABELS), tmp_path / "search", experiment=keras.Sequential())


@pytest.mark.parametrize(
    "data, text",
    [
        (ROWS, "Invalid `data`. Expected a pair"),
        ((ROWS, LABELS[:5]), "Invalid `data`.*as many rows"),
        ((LABELS, LABELS), "Invalid `data`"),
        ((ROWS.astype(str), LABELS), "Invalid `data`"),
        ((np.full_like(ROWS, np.nan), LABELS), "Invalid `data`.*finite"),
        ((ROWS, LABELS.astype(str)), "Invalid `y`"),
    ],
)
def test_refuses_data_that_does_not_fit(config, tmp_path, data, text):
    with pytest.raises(ValueError, match=text):
        search(config, data, tmp_path / "search")


def test_refuses_other_arguments(config, tmp_path):
    with pytest.raises(ValueError, match=r"Invalid `config`.*load_config"):
        search("config.yaml", (ROWS, LABELS), tmp_path)
    with pytest.raises(ValueError, match="Invalid `directory`"):
        search(config, (ROWS, LABELS), None)
    with pytest.raises(ValueError, match="Invalid `validation_data`"):
        search(config, (ROWS, LABELS), tmp_path, (ROWS[:, :2], LABELS))


def test_its_tuner_is_a_keras_tuner(config, done):
    from keras_tips.search.plan import Plan
    from keras_tips.search.state_files import StateFiles
    from keras_tips.search.task import Task

    tuner = ExperimentTuner(Plan(config, (3,), Task.of(LABELS)), StateFiles(done[0]))
    assert isinstance(tuner, keras_tuner.Tuner)
    assert len(tuner.oracle.trials) == 3
    models = tuner.get_best_models(2)
    assert [model.count_params() > 0 for model in models] == [True, True]
    assert tuner.get_best_hyperparameters()[0].values == dict(done[1].best.values)
    assert tuner.hypermodel.build(tuner.get_best_hyperparameters()[0]).compiled


def test_a_leaderboard_needs_no_framework(done):
    code = (
        f"import sys; from keras_tips.search import load_leaderboard; print(load_leaderboard({str(done[0])!r}).to_json());"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'jax', 'torch', 'keras_tuner')))"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ)
    assert [trial["trial"] for trial in json.loads(result.stdout)] == [trial.trial for trial in done[1].trials]


def test_a_folder_without_a_search_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"No search in {tmp_path}"):
        load_leaderboard(tmp_path)
    with pytest.raises(ValueError, match="Invalid `directory`"):
        load_leaderboard(3)


def test_a_search_of_a_later_version_is_refused(done, tmp_path):
    stored = json.loads((done[0] / "search.json").read_text())
    (tmp_path / "search.json").write_text(json.dumps({**stored, "keras_tips_search": 99}))
    with pytest.raises(ValueError, match=r"Expected format 1. Received: 99. Update keras-tips"):
        load_leaderboard(tmp_path)
