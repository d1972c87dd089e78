import numpy as np
import pytest
from sample_report import layer_fact, series

from keras_tips.records import Record, Run
from keras_tips.report.layer_norms import layer_norms


def test_norm_of_a_layer_is_the_norm_of_all_its_entries_together():
    random = np.random.default_rng(0)
    kernels, biases = random.normal(size=(5, 12)), random.normal(size=(5, 3))
    run = Run(
        (
            Record("fact", {"name": "layers", "value": [layer_fact("first")]}),
            series("gradient_norm", ["mlp/first/kernel"], range(5), np.linalg.norm(kernels, axis=1)[:, None]),
            series("gradient_norm", ["mlp/first/bias"], range(5), np.linalg.norm(biases, axis=1)[:, None]),
        )
    )
    steps, values = layer_norms(run)["first"]
    assert steps.tolist() == [0, 1, 2, 3, 4]
    assert values == pytest.approx(np.linalg.norm(np.concatenate([kernels, biases], 1), axis=1))


def test_layers_come_in_the_order_of_the_data_not_of_the_recording():
    facts = [layer_fact("first"), layer_fact("second")]
    places = ["mlp/second/kernel", "mlp/first/kernel"]
    run = Run((Record("fact", {"name": "layers", "value": facts}), series("gradient_norm", places, [0], [[2.0, 1.0]])))
    assert list(layer_norms(run)) == ["first", "second"]


def test_without_facts_the_path_names_the_layer():
    run = Run((series("gradient_norm", ["mlp/a/kernel", "mlp/a/bias", "alone"], [0], [[3.0, 4.0, 1.0]]),))
    assert {name: values.tolist() for name, (_, values) in layer_norms(run).items()} == {"mlp/a": [5.0], "alone": [1.0]}


def test_only_steps_that_all_variables_share_count():
    run = Run(
        (
            series("gradient_norm", ["a/kernel"], [0, 1, 2], [[3.0]] * 3),
            series("gradient_norm", ["a/bias"], [1, 3], [[4.0]] * 2),
        )
    )
    steps, values = layer_norms(run)["a"]
    assert steps.tolist() == [1]
    assert values.tolist() == [5.0]


def test_large_and_broken_norms_survive():
    run = Run((series("gradient_norm", ["a/kernel", "a/bias"], [0, 1], [[3e200, 4e200], [np.nan, 1.0]]),))
    _, values = layer_norms(run)["a"]
    assert values[0] == pytest.approx(5e200)
    assert np.isnan(values[1])


def test_a_run_without_the_quantity_has_no_layers():
    assert layer_norms(Run()) == {}
