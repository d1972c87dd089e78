"""From a point of the space to the experiment that is trained there."""

import hashlib
from dataclasses import dataclass
from typing import Any

from keras_tips._base.arguments import invalid, nearest
from keras_tips.records.experiment import Experiment
from keras_tips.search.network import network
from keras_tips.search.open_space import Point
from keras_tips.search.parameters import parameters
from keras_tips.search.search_config import SearchConfig
from keras_tips.search.task import Task
from keras_tips.tips.catalogue import get

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """How a search turns points into experiments.

    Attributes:
        config: of the search.
        shape: of one row of inputs.
        task: what the targets ask for.
        base: an experiment of one's own that the points vary, instead of the built-in model.
    """

    config: SearchConfig
    shape: tuple[int, ...]
    task: Task
    base: Experiment | None = None

    def check(self) -> None:
        """Raises `ValueError` where config and model do not fit together."""
        if self.base is not None:
            for name in (*self.config.space, *self.config.model):
                if not parameters()[name].of_any_model:
                    cure = "Leave it out, or leave `experiment` out to search over the built-in model."
                    raise invalid("experiment", f"no parameter `{name}` beside it, which the built-in model has", name, cure)
        elif self.config.objective.name not in self.task.logged:
            cure = nearest(self.config.objective.name, self.task.logged)
            raise invalid("objective.name", f"one of {', '.join(self.task.logged)}", self.config.objective.name, cure)

    def experiment(self, point: Point, trial: str) -> Experiment:
        """Returns what is trained at a point. The seed depends on the config's seed and the trial's name alone."""
        epochs, seed = self.config.search.epochs, trial_seed(self.config.search.seed, trial)
        values = {**self.config.model, **point.parameters}
        if self.base is None:
            experiment = network(values, self.shape, self.task, epochs=epochs, seed=seed)
        else:
            experiment = _varied(self.base, values).replace(seed=seed)
            experiment = experiment.replace(fit={**experiment.fit, "epochs": epochs})
        for name, chosen in point.tips.items():
            experiment = get(name).apply(experiment, **chosen)
        return experiment


def trial_seed(seed: int, trial: str) -> int:
    """Returns a seed for a trial, from 0 to 2**32 - 1, that has nothing in common with those of other trials or seeds."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{trial}".encode()).digest()[:4], "big")


def _varied(experiment: Experiment, values: dict[str, Any]) -> Experiment:
    """The experiment with the parameters that any model has: the learning rate and the batch size."""
    if "batch_size" in values:
        experiment = experiment.replace(fit={**experiment.fit, "batch_size": values["batch_size"]})
    if "lr" in values:
        optimizer = experiment.compile["optimizer"]
        if not isinstance(optimizer, dict):
            cure = "Take the experiment from a compiled model with keras_tips.tips.describe."
            raise invalid("experiment", "the config of an optimizer", optimizer, cure)
        changed = {**optimizer, "config": {**optimizer["config"], "learning_rate": values["lr"]}}
        experiment = experiment.replace(compile={**experiment.compile, "optimizer": changed})
    return experiment
