"""The registry of healthy programs: a decorator that stores a function under its name, and what a program can do."""

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

__all__ = ["PROGRAMS", "Program", "program"]

PROGRAMS: dict[str, "Program"] = {}
BACKENDS = ("tensorflow", "jax", "torch")


@dataclass(frozen=True)
class Program:
    """A training program that is known to be healthy.

    Attributes:
        name: of the function that makes it.
        kind: name of the module that it stands in.
        make: takes a random generator of NumPy; returns a compiled model and the arguments of `fit`.
        at_least: metric to the value that it must reach in the last epoch.
        at_most: likewise, for losses.
        backends: those that it runs on.
    """

    name: str
    kind: str
    make: Callable[[np.random.Generator], tuple[keras.Model, dict[str, Any]]]
    at_least: dict[str, float] = field(default_factory=dict)
    at_most: dict[str, float] = field(default_factory=dict)
    backends: tuple[str, ...] = BACKENDS

    def build(self, seed: int) -> tuple[keras.Model, dict[str, Any]]:
        """Returns the compiled model and the arguments of `fit`; the same seed gives the same ones."""
        keras.utils.set_random_seed(seed)
        model, arguments = self.make(np.random.default_rng(seed))
        return model, {"verbose": 0, **arguments}

    def shortfalls(self, history: dict[str, list[float]], loss_unit: float = 1.0) -> list[str]:
        """Returns, in words, where the history of `fit` misses what a healthy run reaches; losses in this unit."""
        found = []
        for limits, fits, word in ((self.at_least, operator.ge, "below"), (self.at_most, operator.le, "above")):
            for metric, limit in limits.items():
                last = history[metric][-1] / (loss_unit if metric.endswith("loss") else 1.0)
                if not fits(last, limit):
                    found.append(f"{metric} {last:.3g} {word} {limit:g}")
        return found


def program(
    at_least: dict[str, float] | None = None, at_most: dict[str, float] | None = None, backends: tuple[str, ...] = BACKENDS
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator that stores a function as a healthy program; what it must reach is in the arguments."""

    def store(make: Callable[..., Any]) -> Callable[..., Any]:
        if make.__name__ in PROGRAMS:
            raise ValueError(f"Invalid name of a program. Expected one that is free. Received: {make.__name__!r}.")
        kind = make.__module__.rsplit(".", 1)[-1]
        PROGRAMS[make.__name__] = Program(make.__name__, kind, make, at_least or {}, at_most or {}, backends)
        return make

    return store
