"""How often each tip cures each ailment.

    python tests/benchmarks/bench_cures.py CASES.json [--seeds 1] [--only ID ...] [--out FILE]

CASES.json lists training programs, faulty ones with a known fix among them; a `build.py` beside it makes them. Each faulty
program is trained as it is, and once with each tip that treats one of its ailments, all from the same seed. A tip has cured
it when the result comes within TOLERANCE of that of the known fix, or closes at least half of the gap to it. Programs whose
fault does no measurable harm here are left out. The table goes to keras_tips/records/cures.json, or to --out.
"""

import argparse
import importlib.util
import json
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from keras_tips.records import cures
from keras_tips.tips import describe, get, names, train

# Of an accuracy, or of an error in units of the targets' variance: the spread between seeds of programs as small as these.
TOLERANCE = 0.02
# What knowing nothing reaches, for runs whose predictions are NaN: no row right, or the variance itself.
NOTHING = {"error": -1.0}


def builder_beside(cases):
    """The module build.py in the folder of the cases, under the name by which further recipes import it."""
    spec = importlib.util.spec_from_file_location("build", cases.with_name("build.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["build"] = module
    spec.loader.exec_module(module)
    return module


def rows_to_measure(program):
    """The validation rows, also where `fit` cuts them off the end; the training rows where there are none."""
    if program.validation is not None:
        return program.validation
    share = program.fit_kwargs.get("validation_split", 0.0)
    start = int(np.floor(len(program.x) * (1.0 - share))) if share else 0
    return program.x[start:], program.y[start:]


def quality(model, history, rows, metric):
    """Higher is better: an accuracy, or minus the squared error over the targets' variance."""
    if metric.startswith("history:"):
        key = metric.removeprefix("history:")
        return (-1 if "loss" in key else 1) * float(history[key][-1])
    predicted = np.asarray(model.predict(rows[0], verbose=0, batch_size=512), "float64")
    predicted = predicted.reshape(len(predicted), -1)
    truth = np.asarray(rows[1], "float64").reshape(len(predicted), -1)
    if not np.isfinite(predicted).all():
        return float("nan")
    if metric == "error":
        return -float(np.mean((predicted - truth) ** 2) / (np.var(truth) + 1e-12))
    if metric == "threshold" or predicted.shape[1] == 1:
        return float(np.mean((predicted > 0.5) == (truth > 0.5)))
    labels = truth.argmax(1) if truth.shape[1] > 1 else truth[:, 0]
    return float(np.mean(predicted.argmax(1) == labels))


class Patient:
    """One faulty program as an experiment, with its rows."""

    def __init__(self, case, seed):
        keras.backend.clear_session()
        program = case.build(seed)
        fit = dict(program.fit_kwargs)
        self.has_callbacks = bool(fit.pop("callbacks", []))
        self.program, self.metric = program, case.metric
        self.experiment = describe(program.model, seed=seed, **fit)

    def result(self, experiment):
        """Quality after training; that of knowing nothing where it is NaN or training broke."""
        keras.backend.clear_session()
        try:
            model, history = train(experiment, (self.program.x, self.program.y), self.program.validation)
            reached = quality(model, history.history, rows_to_measure(self.program), self.metric)
        except Exception as error:  # a program that breaks is not cured, whatever broke it
            print(f"    broke: {str(error).splitlines()[0][:100]}")
            reached = float("nan")
        return reached if np.isfinite(reached) else NOTHING.get(self.metric, 0.0)

    def treated(self, tip):
        """The experiment with a tip, and the numbers that it needs of the data; None where it changes nothing."""
        targets = np.asarray(self.program.y, "float64")
        flat = targets.reshape(len(targets), -1)
        counts = flat.sum(0) if flat.shape[1] > 1 else np.bincount(np.clip(flat[:, 0], 0, None).astype(int))
        known = {"counts": [int(count) for count in counts], "mean": float(targets.mean()), "deviation": float(targets.std())}
        try:
            changed = tip.apply(self.experiment, **{value: known[value] for value in tip.needs})
        except ValueError as error:
            print(f"    {tip.name} does not fit: {error}")
            return None
        return None if changed == self.experiment else changed


def known_result(case):
    fixed = (case.measured or {}).get("fixed") or {}
    return fixed.get("validation", fixed.get("train"))


def measure(case, seed, table):
    """Trains one program as it is and with each tip, and adds to the table."""
    fixed = known_result(case)
    if case.healthy or fixed is None or keras.backend.backend() not in case.backends:
        return
    try:
        patient = Patient(case, seed)
    except ValueError as error:
        print(f"{case.id}: left out, {error}")
        return
    if patient.has_callbacks:
        print(f"{case.id}: left out, it has callbacks of its own")
        return
    sick = patient.result(patient.experiment)
    print(f"{case.id} {case.truth}: {sick:.3f}, known fix {fixed:.3f}", flush=True)
    if fixed - sick <= TOLERANCE:
        print("    no measurable harm: left out")
        return
    for name in names():
        tip = get(name)
        ailments = [ailment for ailment in case.truth if ailment in tip.treats]
        if not ailments or tip.by_hand:
            continue
        changed = patient.treated(tip)
        reached = sick if changed is None else patient.result(changed)
        cured = reached >= fixed - TOLERANCE or reached >= sick + (fixed - sick) / 2
        print(f"    {name:24} {reached:.3f} {'cured' if cured else ''}", flush=True)
        for ailment in ailments:
            row = table[ailment][name]
            row[0] += 1
            row[1] += int(cured)


def written(table, cases, seeds):
    """The table as text, one line per ailment."""
    about = {"backend": keras.backend.backend(), "seeds": seeds, "programs": cases}
    lines = ",\n".join(f'  "{ailment}": {json.dumps(dict(sorted(table[ailment].items())))}' for ailment in sorted(table))
    return f'{{\n "format": 1,\n "measured": {json.dumps(about)},\n "cures": {{\n{lines}\n }}\n}}\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="identifiers of programs")
    parser.add_argument("--out", type=Path, default=cures.FILE)
    arguments = parser.parse_args()
    started = time.perf_counter()
    table = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    programs = 0
    for case in builder_beside(arguments.cases.resolve()).load(arguments.cases):
        if not arguments.only or case.id in arguments.only:
            before = json.dumps(table)
            for seed in range(arguments.seeds):
                measure(case, seed, table)
            programs += json.dumps(table) != before
    arguments.out.write_text(written(table, programs, arguments.seeds), encoding="utf-8")
    print(f"{arguments.out}: {programs} programs, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
