"""A remedy as an object."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keras_tips._base.arguments import invalid, nearest
from keras_tips.records.experiment import Experiment

__all__ = ["Tip"]


@dataclass(frozen=True)
class Tip:
    """A pure function from experiment to experiment, with a page that explains it and the values a search may try.

    Tips are made by decorating such a function; the function's docstring becomes the page:

        @Tip.of(treats=("overfitting",), choices={"patience": (3, 5, 10)})
        def early_stopping(experiment, patience=5): ...

    Attributes:
        name: the function's name, which is also the name of its file.
        treats: names of the ailments it is a remedy for, most fitting first.
        choices: value -> what a search tries for it. A person may give `apply` others.
        change: the function itself.
    """

    name: str
    treats: tuple[str, ...]
    choices: Mapping[str, tuple[Any, ...]]
    change: Callable[..., Experiment]

    @classmethod
    def of(
        cls, treats: tuple[str, ...], choices: Mapping[str, tuple[Any, ...]] | None = None
    ) -> Callable[[Callable[..., Experiment]], "Tip"]:
        """Returns the decorator that makes a tip out of a function."""

        def made(change: Callable[..., Experiment]) -> "Tip":
            return cls(change.__name__, tuple(treats), dict(choices or {}), change)

        return made

    @property
    def defaults(self) -> dict[str, Any]:
        """Every value that `apply` takes, as it is when it is not given."""
        parameters = tuple(inspect.signature(self.change).parameters.values())
        return {parameter.name: parameter.default for parameter in parameters[1:]}

    def apply(self, experiment: Experiment, **values: Any) -> Experiment:
        """Returns the experiment with this tip applied, and its name at the end of `applied`.

        The experiment that is given stays as it is. Where the tip finds nothing to change, the result equals the given
        experiment, `applied` included.

        Args:
            experiment: what to improve.
            **values: as on the page of the tip; those left out keep their defaults.

        Raises:
            ValueError: `experiment` is none, a value is unknown or out of range, or the tip does not fit this model.
        """
        if not isinstance(experiment, Experiment):
            cure = "Make one of a compiled model with keras_tips.tips.describe(model)."
            raise invalid("experiment", "an Experiment", experiment, cure)
        known = self.defaults
        for value in values:
            if value not in known:
                raise ValueError(f"Invalid value of the tip {self.name}: {value!r}. {nearest(value, known)}")
        changed = self.change(experiment, **values)
        return experiment if changed == experiment else changed.replace(applied=(*experiment.applied, self.name))

    def space(self, hp: Any) -> dict[str, Any]:
        """Opens this tip's hyperparameters and returns the values to hand to `apply`.

        Args:
            hp: KerasTuner's `HyperParameters`. The names begin with the tip's name: `"relu.activation"`.

        Returns:
            Value -> what was chosen; values whose hyperparameter is inactive are left out.
        """
        known = self.defaults
        chosen = {
            value: hp.Choice(f"{self.name}.{value}", list(options), default=known[value])
            for value, options in self.choices.items()
        }
        return {value: option for value, option in chosen.items() if option is not None}

    def explain(self) -> str:
        """Returns the page of this tip: what it does, why, when, the formula, a line of code, and the source."""
        values = ", ".join(f"{value}={default!r}" for value, default in self.defaults.items()) or "none"
        searched = "; ".join(f"{self.name}.{value}: {', '.join(map(str, options))}" for value, options in self.choices.items())
        lines = [
            self.name,
            "=" * len(self.name),
            "",
            inspect.getdoc(self.change) or "",
            "",
            f"Treats: {', '.join(self.treats)}",
            f"Values: {values}",
            f"A search tries: {searched or 'with and without it'}",
        ]
        return "\n".join(lines)
