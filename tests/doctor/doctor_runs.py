"""Runs made of plain records, for the tests of the rules."""

from keras_tips.records.record import Record
from keras_tips.records.run import Run

NAN, INF = float("nan"), float("inf")


def series(quantity, place, values):
    """One series with a value per step 0, 1, 2, ..."""
    steps = list(range(len(values)))
    return Record("series", {"quantity": quantity, "places": [place], "steps": steps, "values": [[float(v)] for v in values]})


def losses(train, validation=None):
    both = [series("loss", "train", train)]
    return both if validation is None else [*both, series("loss", "validation", validation)]


def fact(name, value):
    return Record("fact", {"name": name, "value": value})


def layer(name, kind="Dense", activation="relu", parameters=10, variables=(), **more):
    known = {"name": name, "kind": kind, "activation": activation, "units": 8, "parameters": parameters}
    known |= {"trainable": True, "variables": list(variables), "output": False, "path": f"model/{name}", "inbound": []}
    known |= {"rate": None, "momentum": None, "fan_in": None, "fan_out": None, "frozen": 0, "fresh": None}
    known |= {"identical_units": False, "kernel_deviation": None, "bias_mean": None, "regularized": []}
    return {**known, **more}


def optimizer(name="SGD", learning_rate=0.01, **more):
    known = {"name": name, "learning_rate": learning_rate, "schedule": None, "epsilon": None, "momentum": None}
    return fact("optimizer", {**known, "weight_decay": None, "clips": False, **more})


def fit(**more):
    known = {"epochs": 10, "steps": 10, "batch_size": 10, "validation": False, "weighted": False}
    return fact("fit", {**known, **more})


def reference(kind="classes", name="out", **more):
    """What simple predictors score on balanced data of two classes, or on numbers, that a straight line explains well."""
    constant = 0.5 if kind == "classes" else 0.0
    known = {"name": name, "kind": kind, "rows": 200, "constant": constant, "deviation": 0.035, "linear": 0.9}
    known |= {"linear_held_out": 0.85, "neighbours_held_out": 0.85, "validation_rows": 0, "constant_validation": None}
    return {**known, "linear_validation": None, "neighbours_validation": None, "within_validation": None, **more}


def output(activation, loss, units=3, from_logits=None, name="out", **more):
    shape = {"name": name, "layer": "last", "activation": activation, "units": units}
    return {**shape, "loss": loss, "from_logits": from_logits, "reduction": "sum_over_batch_size", "softmax_axis": None, **more}


def target(name="out", **more):
    numbers = {"minimum": 0.0, "maximum": 1.0, "mean": 0.5, "deviation": 0.5}
    kinds = {"integer": True, "one_hot": False, "zero_one": True, "rows_sum_to_one": False, "classes": 2}
    kinds |= {"class_counts": {"0": 50, "1": 50}, "repeats": 0.5, "constant_losses": {}}
    return {"name": name, "rows": 100, "width": 1, "non_finite": 0, **numbers, **kinds, **more}


def one_hot_target(classes=10):
    share = 1 / classes
    deviation = (share * (1 - share)) ** 0.5
    return target(width=classes, mean=share, deviation=deviation, one_hot=True, rows_sum_to_one=True, classes=classes)


def regression_target(minimum, maximum, mean, deviation):
    numbers = {"minimum": minimum, "maximum": maximum, "mean": mean, "deviation": deviation}
    return target(**numbers, integer=False, zero_one=False, classes=None)


def inputs(means, deviations, minimum, maximum, name="in", **more):
    """An input fact of features with these means and deviations."""
    count = len(means)
    mean = sum(means) / count
    deviation = (sum(d * d + (m - mean) ** 2 for m, d in zip(means, deviations, strict=True)) / count) ** 0.5
    features = {"feature_mean": list(map(float, means)), "feature_deviation": list(map(float, deviations))}
    numbers = {"minimum": float(minimum), "maximum": float(maximum), "mean": float(mean), "deviation": float(deviation)}
    kinds = {"rows": 100, "shape": [count], "integer": False, "embedded": False, "non_finite": 0}
    return {"name": name, **kinds, **numbers, **features, **more}


def model(backend="jax", metrics=()):
    known = {"name": "model", "backend": backend, "parameters": 10, "keras": "3.15.1", "metrics": list(metrics)}
    return fact("model", known)


def run(*parts):
    """A run of records and lists of records."""
    records = [record for part in parts for record in (part if isinstance(part, list) else [part])]
    return Run(tuple(records))


def contract(activation, loss, target_fact=None, backend="jax", **more):
    """A run that only knows how the output ends and what it has to meet."""
    targets = [] if target_fact is None else [fact("targets", [target_fact])]
    return run(model(backend), fact("outputs", [output(activation, loss, **more)]), targets)


def found(rule, a_run):
    """(severity, layers) of what one rule finds."""
    answer = rule.examine(a_run)
    assert isinstance(answer, tuple), answer
    return [(finding.severity, finding.layers) for finding in answer]
