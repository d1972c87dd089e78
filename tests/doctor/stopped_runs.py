"""Runs whose learning stopped, for the tests of the rules that tell where."""

import numpy as np
from doctor_runs import contract, fact, losses, one_hot_target, reference, run, series

CLASSES = list(contract("softmax", "categorical_crossentropy", one_hot_target()).records)  # ln 10 = 2.303
HALF_WAY = np.r_[np.linspace(2.3, 1.6, 5), np.full(7, 1.6)]
NOWHERE = np.full(12, 2.3)


def point(gradient=1e-4, largest=1.0, smallest=0.0):
    known = {"loss": 1.6, "gradient_norm": gradient, "weight_norm": 10.0}
    return fact("critical_point", {**known, "largest_curvature": largest, "smallest_curvature": smallest})


def more_to_learn(simple=0.9, learned=0.1):
    found = reference(constant=0.1, deviation=0.02, linear_held_out=simple, neighbours_held_out=simple)
    return [fact("references", [found]), series("training_score", "out", [0.1, learned])]


def stopped(values, *more):
    return run(CLASSES, losses(values), *more)
