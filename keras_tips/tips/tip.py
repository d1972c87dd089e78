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
        repeats: whether applying it again goes a step further (half the learning rate, and half of that), rather than
            changing nothing.
        by_hand: whether it is work that no change of an experiment can do, such as repairing data. `apply` then raises a
            `ValueError` that says what to do.
    """

    name: str
    treats: tuple[str, ...]
    choices: Mapping[str, tuple[Any, ...]]
    change: Callable[..., Experiment]
    repeats: bool = False
    by_hand: bool = False

    @classmethod
    def of(
        cls,
        treats: tuple[str, ...],
        choices: Mapping[str, tuple[Any, ...]] | None = None,
        *,
        repeats: bool = False,
        by_hand: bool = False,
    ) -> Callable[[Callable[..., Experiment]], "Tip"]:
        """Returns the decorator that makes a tip out of a function."""

        def made(change: Callable[..., Experiment]) -> "Tip":
            return cls(change.__name__, tuple(treats), dict(choices or {}), change, repeats, by_hand)

        return made

    @property
    def needs(self) -> tuple[str, ...]:
        """Values without which `apply` cannot work, since they come from the data."""
        return tuple(parameter.name for parameter in self._parameters if parameter.default is parameter.empty)

    @property
    def automatic(self) -> bool:
        """Whether a program can apply it unasked: nothing is done by hand, and no value is needed."""
        return not self.by_hand and not self.needs

    @property
    def defaults(self) -> dict[str, Any]:
        """Every value that `apply` takes and does not need, as it is when it is not given."""
        return {parameter.name: parameter.default for parameter in self._parameters if parameter.name not in self.needs}

    @property
    def _parameters(self) -> tuple[inspect.Parameter, ...]:
        return tuple(inspect.signature(self.change).parameters.values())[1:]

    def apply(self, experiment: Experiment, **values: Any) -> Experiment:
        """Returns the experiment with this tip applied, and its name at the end of `applied`.

        The experiment that is given stays as it is. Where the tip finds nothing to change, the result equals the given
        experiment, `applied` included.

        Args:
            experiment: what to improve.
            **values: as on the page of the tip; those left out keep their defaults.

        Raises:
            ValueError: `experiment` is none, a value is unknown, missing or out of range, the tip does not fit this model,
                or it is work by hand.
        """
        if not isinstance(experiment, Experiment):
            cure = "Make one of a compiled model with keras_tips.tips.describe(model)."
            raise invalid("experiment", "an Experiment", experiment, cure)
        known = (*self.needs, *self.defaults)
        for value in values:
            if value not in known:
                raise ValueError(f"Invalid value of the tip {self.name}: {value!r}. {nearest(value, known)}")
        for value in self.needs:
            if value not in values:
                cure = f"It comes from the training data: see keras-tips explain {self.name}."
                raise ValueError(f"Invalid `{value}`. The tip {self.name} needs it. Received nothing. {cure}")
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

    @property
    def code(self) -> str:
        """The code on its page that a person can paste, mostly one line; "" where there is none."""
        blocks = [block for block in (inspect.getdoc(self.change) or "").split("\n\n") if block.startswith("    ")]
        return inspect.cleandoc(blocks[0]) if blocks else ""

    def explain(self) -> str:
        """Returns the page of this tip: what it does, why, when, the formula, a line of code, and the source."""
        given = [*self.needs, *(f"{value}={default!r}" for value, default in self.defaults.items())]
        values = ", ".join(given) or "none"
        searched = "; ".join(f"{self.name}.{value}: {', '.join(map(str, options))}" for value, options in self.choices.items())
        lines = [
            self.name,
            "=" * len(self.name),
            "",
            inspect.getdoc(self.change) or "",
            "",
            f"Treats: {', '.join(self.treats)}",
            f"Values: {values}",
            f"A search tries: {(searched or 'with and without it') if self.automatic else 'nothing, it asks for a person'}",
        ]
        return "\n".join(lines)
