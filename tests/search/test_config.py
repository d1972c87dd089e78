import re
import subprocess
import sys
from pathlib import Path

import pytest
from configs import TINY, written

from keras_tips.search import load_config
from keras_tips.search.search_config import Dimension, SearchConfig


def test_reads_the_tiny_config(tmp_path):
    config = load_config(written(tmp_path))
    assert (config.objective.name, config.objective.goal) == ("val_accuracy", "max")
    assert config.search.model_dump() == {"algorithm": "random", "trials": 3, "epochs": 1, "seed": 0}
    assert config.space["lr"] == Dimension(min=1e-3, max=0.1, log=True)
    assert config.space["activation"] == Dimension(values=["relu", "maxout"])
    assert config.space["pieces"] == Dimension(values=[2, 3], when={"activation": ["maxout"]})
    assert config.tips == ["scale_inputs"]


def test_what_is_stored_reads_as_the_same(tmp_path):
    config = load_config(written(tmp_path))
    assert SearchConfig.model_validate(config.plain()) == config


@pytest.mark.parametrize("path", sorted(Path("tuner_configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_configs_are_valid(path):
    assert load_config(path).search.trials > 0


@pytest.mark.parametrize(
    "old, new, line, key, expected, received, cure",
    [
        ("goal:", "gaol:", 2, "objective.gaol", "a known key", "'gaol'", "Did you mean 'goal'?"),
        (", goal: max", "", 2, "objective.goal", "the key `goal`", "nothing", "Add it."),
        ("goal: max", "goal: up", 2, "objective.goal", "'max' or 'min'", "'up'", ""),
        ("version: 1", "version: 2", 1, "version", "1", "2", ""),
        ("random", "randm", 3, "search.algorithm", "the name of a search algorithm", "'randm'", "Known: random."),
        ("trials: 3", "trials: 0", 3, "search.trials", "a number of at least 1", "0", ""),
        ("trials: 3", "trials: three", 3, "search.trials", "a whole number", "'three'", ""),
        ("trials: 3", "trials: true", 3, "search.trials", "a whole number", "True", ""),
        ("seed: 0", "seed: -1", 3, "search.seed", "a number of at least 0", "-1", ""),
        ("epochs: 1", "epochs: 1.5", 3, "search.epochs", "a whole number", "1.5", ""),
        ("log: true", "log: on", 6, "space.lr.log", "true or false", "'on'", "Write true or false."),
        ("min: 1e-3", "min: .nan", 6, "space.lr.min", "a number", "'.nan'", ""),
        ("max: 1e-1", "max: 1e999", 6, "space.lr.max", "a finite number", "inf", ""),
        ("min: 1e-3", "min: 0.2", 6, "space.lr.max", "more than min, which is 0.2", "0.1", ""),
        ("min: 1e-3", "min: 0", 6, "space.lr.min", "a number above 0", "0.0", ""),
        ("log: true", "log: true, step: 1", 6, "space.lr.step", "either log or step", "1.0", "Remove one of the two."),
        ("lr:", "lrr:", 6, "space.lrr", "a parameter of the built-in model", "'lrr'", "Did you mean 'lr'?"),
        ("maxout]", "maxot]", 7, "space.activation.values.1", None, "'maxot'", "Did you mean 'maxout'?"),
        ("[2, 3]", "[2, 2]", 8, "space.pieces.values.1", "each value once", "2", "Remove one of the two."),
        ("[2, 3]", "[1]", 8, "space.pieces.values.0", "a whole number of at least 2", "1", ""),
        ("[2, 3]", "[null]", 8, "space.pieces.values.0", "a number, a name, true or false", "None", ""),
        ("[2, 3]", "[]", 8, "space.pieces.values", "at least one value", "[]", ""),
        ("[2, 3],", "[2, 3], min: 1,", 8, "space.pieces.min", "either values or a range", "1.0", "Remove one of the two."),
        ("[2, 3],", "[2, 3], wen: 1,", 8, "space.pieces.wen", "a known key", "'wen'", "Did you mean 'when'?"),
        ("n: maxout}", "n: prelu}", 8, "space.pieces.when.activation", None, "'prelu'", "It can be relu, maxout."),
        ("n: {activation:", "n: {activatn:", 8, "space.pieces.when.activatn", None, "'activatn'", "Did you mean 'activation'?"),
        ("[relu, maxout]", "{min: 1, max: 2}", 7, "space.activation", "a list of names", None, None),
        ("units: 8", "units: 8.5", 4, "model.units", "a whole number of at least 1", "8.5", ""),
        ("units: 8", "lr: 8", 4, "model.lr", "a parameter that is not searched", "'lr'", None),
        ("units: 8", "unit: 8", 4, "model.unit", "a parameter of the built-in model", "'unit'", "Did you mean 'units'?"),
        ("[scale_inputs]", "[scale_input]", 9, "tips.0", "the name of a tip", "'scale_input'", "Did you mean 'scale_inputs'?"),
        ("[scale_inputs]", "[relu, relu]", 9, "tips.1", "each tip once", "'relu'", "Remove one of the two."),
        (
            "[scale_inputs]",
            "[ensemble]",
            9,
            "tips.0",
            "a tip that a program can apply",
            "'ensemble'",
            "It asks for a person: see keras-tips explain ensemble.",
        ),
        ("[scale_inputs]", "scale_inputs", 9, "tips", "a list", "'scale_inputs'", ""),
        ("tips:", "tip:", 9, "tip", "a known key", "'tip'", "Did you mean 'tips'?"),
    ],
)
def test_every_error_says_where_and_what(tmp_path, old, new, line, key, expected, received, cure):
    path = written(tmp_path, old, new)
    with pytest.raises(ValueError, match="Invalid config") as caught:
        load_config(path)
    text = str(caught.value)
    found = re.fullmatch(
        r"Invalid config (.*), line (\d+), key `([^`]*)`\. Expected (.*?)\. Received: (.*?)\.( [A-Z].*)?", text
    )
    assert found, text
    assert found.group(1, 2, 3) == (str(path), str(line), key)
    assert expected is None or found.group(4) == expected
    assert received is None or found.group(5) == received
    assert cure is None or (found.group(6) or "").strip() == cure
    assert "\n" not in text


def spaced(tmp_path, space):
    head = TINY[: TINY.index("space:")]
    path = tmp_path / "config.yaml"
    path.write_text(head + space, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "space, message",
    [
        ("space: {}\n", "There is nothing to search over"),
        ("space: {pieces: [2, 3]}\n", "`pieces` plays no part otherwise"),
        ("space: {pieces: [2, 3], activation: [relu]}\n", "`activation` to be 'maxout' in some trials"),
        ("space: {lr: {min: 1}}\n", r"a list, \{values: \[\.\.\.\]\} or \{min"),
        ("space: {lr: {values: [1], when: {lr: 1}}}\n", "another parameter of the space"),
        (
            "space:\n  lr: {values: [1], when: {batch_size: 1}}\n  batch_size: {values: [1], when: {lr: 1}}\n",
            "`lr` waits for itself",
        ),
        (
            "space:\n  activation: [relu, maxout]\n  batch_size: {values: [1, 2], when: {activation: relu}}\n"
            "  lr: {values: [1, 2], when: {activation: maxout, batch_size: 1}}\n",
            "No value of `activation` fits all of them",
        ),
        ("space: {lr: {min: 1, max: 3, step: 1}, batch_size: {values: [1], when: {lr: 2.5}}}\n", "It goes from 1 to 3"),
    ],
)
def test_what_cannot_play_a_part_is_refused(tmp_path, space, message):
    with pytest.raises(ValueError, match=message):
        load_config(spaced(tmp_path, space))


@pytest.mark.parametrize(
    "space",
    [
        "space: {lr: 0.5}\n",
        "space: {lr: [1, 0.5], batch_size: {values: [4], when: {lr: 1}}}\n",
        "space: {lr: {min: 1, max: 3, step: 1}, batch_size: {values: [4], when: {lr: [2, 3]}}}\n",
        "space:\n  pieces: [2, 3]\n  activation: [maxout]\n",
        "tips: [relu]\n",
    ],
)
def test_other_forms_that_are_fine(tmp_path, space):
    load_config(spaced(tmp_path, space))


def test_an_empty_file_is_no_config(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(ValueError, match="Begin with `version: 1`"):
        load_config(tmp_path / "empty.yaml")


def test_needs_no_framework(tmp_path):
    code = (
        f"import sys; from keras_tips.search import load_config; load_config({str(written(tmp_path))!r});"
        "sys.exit(any(name in sys.modules for name in ('keras', 'tensorflow', 'jax', 'torch', 'keras_tuner')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
