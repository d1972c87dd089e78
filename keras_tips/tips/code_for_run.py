"""The line of code of a tip, with the numbers of a run in place of those of its page."""

from collections.abc import Callable
from typing import Any, TypeGuard

from keras_tips.records.run import Run
from keras_tips.tips.catalogue import get

__all__ = ["code_for_run"]

KERAS = (
    "SGD",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adafactor",
    "Ftrl",
    "Lion",
    "Lamb",
    "Muon",
)
Code = Callable[[Run], str]


def code_for_run(name: str, run: Run) -> str:
    """Returns what a person can paste: optimizer, rate, epochs, batch and classes are those of the run, where it knows them.

    >>> from keras_tips.records import Record, Run
    >>> fact = {"name": "Adam", "learning_rate": 1e-7, "schedule": None}
    >>> code_for_run("higher_learning_rate", Run((Record("fact", {"name": "optimizer", "value": fact}),)))
    'optimizer = keras.optimizers.Adam(learning_rate=1e-06)  # in place of 1e-07'
    """
    code = CODES[name](run) if name in CODES else ""
    return code or get(name).code


def _learning_rate(factor: float) -> Code:
    def code(run: Run) -> str:
        known = _known(run, "optimizer")
        name, rate = known.get("name"), known.get("learning_rate")
        if name not in KERAS or not _positive(rate) or known.get("schedule"):
            return ""
        return f"optimizer = keras.optimizers.{name}(learning_rate={factor * rate:.3g})  # in place of {rate:.3g}"

    return code


def _argument(name: str, key: str, factor: float) -> Code:
    def code(run: Run) -> str:
        value = _known(run, "fit").get(key)
        if not _positive(value) or max(1, round(factor * value)) == value:
            return ""
        return f"model.fit(x, y, {name}={max(1, round(factor * value))})  # in place of {value}"

    return code


def _softmax(run: Run) -> str:
    target = _only(run, "targets")
    classes = target.get("classes")
    if not isinstance(classes, int) or classes < 2:
        return ""
    loss = "categorical_crossentropy" if target.get("one_hot") else "sparse_categorical_crossentropy"
    return f'keras.layers.Dense({classes}, activation="softmax"); model.compile("adam", "{loss}")'


def _width(activation: str, loss: str) -> Code:
    def code(run: Run) -> str:
        width = _only(run, "targets").get("width")
        if not isinstance(width, int) or width < 1:
            return ""
        return f'keras.layers.Dense({width}{activation}); model.compile("adam", "{loss}")'

    return code


CODES: dict[str, Code] = {
    "higher_learning_rate": _learning_rate(10.0),
    "lower_learning_rate": _learning_rate(0.1),
    "more_epochs": _argument("epochs", "epochs", 3),
    "larger_batch": _argument("batch_size", "batch_size", 4),
    "smaller_batch": _argument("batch_size", "batch_size", 0.25),
    "softmax_output": _softmax,
    "sigmoid_output": _width(', activation="sigmoid"', "binary_crossentropy"),
    "linear_output": _width("", "mean_squared_error"),
}


def _known(run: Run, name: str) -> dict[str, Any]:
    """A fact; a run that a person edited may hold anything."""
    value = run.fact(name)
    return value if isinstance(value, dict) else {}


def _only(run: Run, name: str) -> dict[str, Any]:
    """The entry of a list of facts, where it is the only one."""
    value = run.fact(name)
    single = isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], dict)
    return value[0] if single else {}


def _positive(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and 0 < value < float("inf")
