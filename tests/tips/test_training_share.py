import pytest

from keras_tips.tips.training_share import share_of_training, updates_of, with_steps


@pytest.mark.parametrize(
    "fit, rows, updates",
    [
        ({"epochs": 3, "batch_size": 32}, 100, 12),
        ({"epochs": 3}, 64, 6),
        ({"epochs": 2, "batch_size": 10, "validation_split": 0.5}, 100, 10),
        ({"epochs": 2, "steps_per_epoch": 7}, 1000, 14),
        ({"epochs": 3}, None, 300),
        ({}, 1, 1),
    ],
)
def test_counts_updates(fit, rows, updates):
    assert updates_of(fit, rows) == updates


def test_shares_become_steps_wherever_they_stand():
    config = {"a": [share_of_training(0.5), 3], "b": {"c": share_of_training(0.001), "name": "x"}}
    assert with_steps(config, 100) == {"a": [50, 3], "b": {"c": 1, "name": "x"}}


def test_a_short_training_leaves_room_for_a_schedule():
    assert with_steps(share_of_training(1.0), 1) == 10
