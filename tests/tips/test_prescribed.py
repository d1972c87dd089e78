"""Lines of code beside findings."""

import pytest

from keras_tips.doctor.catalogue import catalogue
from keras_tips.records import Diagnosis, Finding, Record, Run
from keras_tips.tips import get, names
from keras_tips.tips.code_for_run import CODES, code_for_run
from keras_tips.tips.prescribed import prescribed


def test_the_first_tip_counts_and_the_rest_stays():
    finding = Finding("overfitting", "warning", "generalization", "m", tips=("dropout", "early_stopping"), why="w")
    (found,) = prescribed(Diagnosis((finding,), "generalization", (("a", "b"),)), Run()).findings
    assert (found.code, found.why, found.tips) == (get("dropout").code, "w", finding.tips)
    assert "Dropout" in found.code


def test_tips_that_nobody_knows_and_findings_without():
    strange = Finding("x", "info", "setup", "m", tips=("prayer",))
    bare = Finding("x", "info", "setup", "m")
    assert prescribed(Diagnosis((strange, bare)), Run()).findings == (strange, bare)


@pytest.mark.parametrize("name", names())
def test_every_tip_has_a_line_of_code(name):
    compile(get(name).code.replace("*layers", "layers").replace("\nwith ", "\n"), name, "exec")


@pytest.mark.parametrize("name", catalogue())
def test_every_rule_says_why_and_what_is_healthy(name):
    rule = catalogue()[name]
    for section in ("Why it hurts", "False alarms"):
        assert rule.first_sentence(section).endswith((".", "!", "?"))
    assert rule.first_sentence("Nothing of the kind") == ""


FACTS = {
    "optimizer": {"name": "RMSprop", "learning_rate": 0.02, "schedule": None},
    "fit": {"epochs": 7, "batch_size": 100},
    "targets": [{"classes": 4, "one_hot": True, "width": 4}],
}


def known(**facts):
    return Run(tuple(Record("fact", {"name": name, "value": value}) for name, value in {**FACTS, **facts}.items()))


@pytest.mark.parametrize(
    "name, code",
    [
        ("lower_learning_rate", "optimizer = keras.optimizers.RMSprop(learning_rate=0.002)  # in place of 0.02"),
        ("more_epochs", "model.fit(x, y, epochs=21)  # in place of 7"),
        ("larger_batch", "model.fit(x, y, batch_size=400)  # in place of 100"),
        ("smaller_batch", "model.fit(x, y, batch_size=25)  # in place of 100"),
        ("softmax_output", 'keras.layers.Dense(4, activation="softmax"); model.compile("adam", "categorical_crossentropy")'),
        ("linear_output", 'keras.layers.Dense(4); model.compile("adam", "mean_squared_error")'),
    ],
)
def test_a_line_has_the_numbers_of_the_run(name, code):
    assert code_for_run(name, known()) == code


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize(
    "facts",
    [
        dict.fromkeys(FACTS),
        {"optimizer": {"name": "Own", "learning_rate": 0.1}, "fit": {"epochs": 0, "batch_size": None}, "targets": []},
        {"optimizer": {"name": "SGD", "learning_rate": "a", "schedule": None}, "fit": [], "targets": [{"classes": None}]},
        {"optimizer": {"name": "SGD", "learning_rate": 0.1, "schedule": "CosineDecay"}, "fit": {}, "targets": 3},
    ],
)
def test_where_the_run_does_not_know_them_it_is_the_line_of_the_page(name, facts):
    assert code_for_run(name, known(**facts)) == get(name).code
