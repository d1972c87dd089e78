"""The workarounds for KerasTuner, and whether upstream still needs them."""

import json
import warnings

import keras_tuner
import pytest
from keras_tuner.oracles import RandomSearchOracle

from keras_tips.search.seeded_oracle import SeededOracle

OBJECTIVE = keras_tuner.Objective("score", "max")


def numbers(count=2):
    hp = keras_tuner.HyperParameters()
    for index in range(count):
        hp.Float(f"x{index}", 0.0, 1.0)
    return hp


def oracle(folder, *, seed=0, trials=5, hyperparameters=None):
    made = SeededOracle(OBJECTIVE, trials, hyperparameters or numbers(), seed)
    made.verbose = 0
    made._set_project_dir(str(folder), "tuner")
    return made


def drawn(made, count=4):
    return [dict(made.create_trial(f"t{index}").hyperparameters.values) for index in range(count)]


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_one_seed_gives_one_set_of_points(tmp_path, seed):
    assert drawn(oracle(tmp_path / "a", seed=seed)) == drawn(oracle(tmp_path / "b", seed=seed))


def test_neighbouring_seeds_share_no_values(tmp_path):
    values = [
        {value for point in drawn(oracle(tmp_path / str(seed), seed=seed)) for value in point.values()} for seed in (0, 1)
    ]
    assert not values[0] & values[1]


def test_upstream_still_ignores_the_seed_0():
    """When this fails, KerasTuner holds the seed 0: `max(seed, 1)` in SeededOracle can go."""
    seeds = {RandomSearchOracle(objective=OBJECTIVE, seed=0).seed for _ in range(5)}
    assert seeds != {0}


def test_upstream_still_counts_the_seed_up():
    """When this fails, neighbouring seeds no longer share values: `populate_space` of SeededOracle can go."""
    values = []
    for seed in (1, 2):
        made = RandomSearchOracle(objective=OBJECTIVE, seed=seed, hyperparameters=numbers())
        values.append(set(made.populate_space("0")["values"].values()))
    assert values[0] & values[1]


def test_upstream_still_writes_over_its_files(tmp_path, monkeypatch):
    """When this fails, KerasTuner writes whole files: `save` and `_save_trial` of SeededOracle can go."""
    made = RandomSearchOracle(objective=OBJECTIVE, hyperparameters=numbers())
    made._set_project_dir(str(tmp_path), "tuner")
    made.save()
    path = tmp_path / "tuner" / "oracle.json"
    before = path.stat().st_ino
    made.save()
    assert path.stat().st_ino == before


def test_upstream_still_calls_deprecated_functions(tmp_path):
    """When this fails, `_no_thread_warnings` can go."""
    made = RandomSearchOracle(objective=OBJECTIVE, hyperparameters=numbers())
    made.verbose = 0
    made._set_project_dir(str(tmp_path), "tuner")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        made.create_trial("t")
    assert any("currentThread" in str(each.message) for each in seen)


def test_files_are_replaced_in_one_piece(tmp_path):
    made = oracle(tmp_path)
    trial = made.create_trial("t")
    for path in (tmp_path / "tuner" / "oracle.json", tmp_path / "tuner" / f"trial_{trial.trial_id}" / "trial.json"):
        before = path.stat().st_ino
        made.save()
        made._save_trial(trial)
        assert path.stat().st_ino != before
        json.loads(path.read_text())


def finished(made, name):
    trial = made.create_trial(name)
    made.update_trial(trial.trial_id, {"score": 1.0})
    trial.status = "COMPLETED"
    made.end_trial(trial)
    return trial


def test_a_trial_that_only_its_own_file_knows_is_run_again(tmp_path):
    """As after a kill between the two files that KerasTuner writes when a trial begins."""
    made = oracle(tmp_path)
    finished(made, "t")
    before = (tmp_path / "tuner" / "oracle.json").read_text()
    lost = made.create_trial("t")
    (tmp_path / "tuner" / "oracle.json").write_text(before)
    again = oracle(tmp_path)
    again.reload()
    trial = again.create_trial("t")
    assert (trial.trial_id, trial.hyperparameters.values) == (lost.trial_id, lost.hyperparameters.values)


def test_a_trial_that_has_finished_is_not_run_again(tmp_path):
    """As after a kill between the end of a trial and KerasTuner's note that it no longer runs."""
    made = oracle(tmp_path)
    made.create_trial("t")
    running = (tmp_path / "tuner" / "oracle.json").read_text()
    trial = made.ongoing_trials["t"]
    made.update_trial(trial.trial_id, {"score": 1.0})
    trial.status = "COMPLETED"
    made.end_trial(trial)
    (tmp_path / "tuner" / "oracle.json").write_text(running)
    again = oracle(tmp_path)
    again.reload()
    assert again.create_trial("t").trial_id != trial.trial_id


def test_an_attempt_that_was_cut_off_leaves_no_measures(tmp_path):
    made = oracle(tmp_path)
    trial = made.create_trial("t")
    made.update_trial(trial.trial_id, {"score": 0.5})
    again = oracle(tmp_path)
    again.reload()
    assert not again.create_trial("t").metrics.exists("score")


def test_resumed_points_are_those_of_a_search_in_one_go(tmp_path):
    whole = drawn(oracle(tmp_path / "whole"), 4)
    made = oracle(tmp_path / "cut")
    first = [finished(made, "t").hyperparameters.values, finished(made, "t").hyperparameters.values]
    again = oracle(tmp_path / "cut")
    again.reload()
    assert [*first, *drawn(again, 2)] == whole


def test_a_small_space_is_searched_to_its_end(tmp_path):
    hp = keras_tuner.HyperParameters()
    hp.Choice("x", list(range(8)))
    for seed in range(5):
        made = oracle(tmp_path / str(seed), seed=seed, trials=8, hyperparameters=hp)
        assert sorted(point["x"] for point in drawn(made, 8)) == list(range(8))
        assert made.create_trial("more").status == "STOPPED"
