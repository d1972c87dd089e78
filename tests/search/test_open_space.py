import keras_tuner
import pytest
from configs import written

from keras_tips.search import load_config
from keras_tips.search.choices import choices
from keras_tips.search.open_space import Point, open_space


@pytest.fixture
def config(tmp_path):
    return load_config(written(tmp_path, "tips: [scale_inputs]", "tips: [scale_inputs, relu]"))


def opened(config, **values):
    hp = keras_tuner.HyperParameters()
    open_space(config, hp)
    for name, value in values.items():
        hp.values[name.replace("__", ".")] = value
    hp.ensure_active_values()
    return hp


def test_knows_the_whole_space_at_once(config):
    names = [each.name for each in opened(config).space]
    assert sorted(names) == sorted(
        ["lr", "activation", "pieces", "scale_inputs", "scale_inputs.per", "relu", "relu.activation"]
    )
    assert len(names) == len(set(names))


def test_parameters_that_play_no_part_have_no_value(config):
    hp = opened(config, activation="relu", lr=0.01)
    assert open_space(config, hp) == Point({"lr": 0.01, "activation": "relu"}, {})
    assert set(hp.values) == {"lr", "activation", "scale_inputs", "relu"}


def test_active_branches_are_read(config):
    hp = opened(config, activation="maxout", lr=0.01, pieces=3, relu=True, relu__activation="elu")
    assert open_space(config, hp) == Point({"lr": 0.01, "activation": "maxout", "pieces": 3}, {"relu": {"activation": "elu"}})


def test_pieces_wait_for_maxout_by_themselves(tmp_path):
    old = "activation: [relu, maxout]\n  pieces: {values: [2, 3], when: {activation: maxout}}"
    config = load_config(written(tmp_path, old, "pieces: [2, 3]\n  activation: [relu, maxout]"))
    assert "pieces" not in open_space(config, opened(config, activation="relu")).parameters
    assert "pieces" in open_space(config, opened(config, activation="maxout")).parameters


def test_ranges_keep_their_kind(tmp_path):
    old = "lr: {min: 1e-3, max: 1e-1, log: true}"
    new = "lr: {min: 1, max: 2, step: 0.5}\n  batch_size: {min: 4, max: 16, step: 4}"
    config = load_config(written(tmp_path, old, new))
    space = {each.name: each for each in opened(config).space}
    assert tuple(space["lr"].values) == (1.0, 1.5, 2.0)
    assert tuple(space["batch_size"].values) == (4, 8, 12, 16)
    drawn = [space["batch_size"].random_sample(seed) for seed in range(20)]
    assert set(drawn) == {4, 8, 12, 16}
    assert all(isinstance(value, int) for value in drawn)


def test_columns_of_the_table(config):
    assert choices(config) == {
        "lr": None,
        "activation": ["relu", "maxout"],
        "pieces": [2, 3],
        "scale_inputs": [True, False],
        "scale_inputs.per": ["feature", "all"],
        "relu": [True, False],
        "relu.activation": ["relu", "leaky_relu", "elu", "gelu"],
    }
