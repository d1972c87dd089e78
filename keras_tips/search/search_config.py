"""What a search is told: the content of a config file, checked for its form."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["SearchConfig"]

LARGEST_SEED = 2**32 - 1
Finite = Annotated[float, Field(allow_inf_nan=False)]
Value = bool | int | Finite | str


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Objective(_Section):
    """What decides which trial is better.

    Attributes:
        name: a metric as Keras logs it, such as `val_accuracy`.
        goal: `max` or `min`; always explicit.
    """

    name: str = Field(min_length=1)
    goal: Literal["max", "min"]


class Settings(_Section):
    """How to search.

    Attributes:
        algorithm: `random`.
        trials: how many points to try.
        epochs: of training per trial, at most.
        seed: of the points, and of each trial's weights, shuffling and dropout.
    """

    algorithm: str
    trials: int = Field(ge=1)
    epochs: int = Field(ge=1)
    seed: int = Field(default=0, ge=0, le=LARGEST_SEED)


class Dimension(_Section):
    """The values that one parameter may take: a list, or a range.

    Attributes:
        values: the list.
        min: lower end of the range, included.
        max: upper end, included.
        step: distance between neighbours; without it every number of the range.
        log: whether to sample the logarithm evenly.
        when: parameter -> value or list of values it must have for this one to play a part.
    """

    values: list[Value] | None = Field(default=None, min_length=1)
    min: Finite | None = None
    max: Finite | None = None
    step: Finite | None = Field(default=None, gt=0)
    log: bool = False
    when: dict[str, list[Value]] = Field(default_factory=dict)

    @field_validator("when", mode="before")
    @classmethod
    def _as_lists(cls, when: Any) -> Any:
        if not isinstance(when, dict):
            return when
        return {name: value if isinstance(value, list) else [value] for name, value in when.items()}

    def holds(self, value: Any) -> bool:
        """Whether the parameter can take this value."""
        if self.values is not None:
            return any(value == known and isinstance(value, bool) == isinstance(known, bool) for known in self.values)
        if isinstance(value, (bool, str)) or self.min is None or self.max is None:
            return False
        steps = (value - self.min) / self.step if self.step else 0.0
        return self.min <= value <= self.max and abs(steps - round(steps)) < 1e-9


class SearchConfig(_Section):
    """A search, as `load_config` reads it.

    Attributes:
        version: of the format: 1.
        objective: what decides.
        search: how.
        model: fixed parameters of the built-in model.
        space: parameter -> what it may be.
        tips: names of tips to try, each with and without.
    """

    version: Literal[1]
    objective: Objective
    search: Settings
    model: dict[str, Value] = Field(default_factory=dict)
    space: dict[str, Dimension] = Field(default_factory=dict)
    tips: list[str] = Field(default_factory=list)

    @field_validator("space", mode="before")
    @classmethod
    def _lists_as_dimensions(cls, space: Any) -> Any:
        """`[16, 32]` is short for `{values: [16, 32]}`, and a single value for a list of one."""
        if not isinstance(space, dict):
            return space
        return {
            name: given if isinstance(given, (dict, Dimension)) else {"values": given if isinstance(given, list) else [given]}
            for name, given in space.items()
        }

    def plain(self) -> dict[str, Any]:
        """Returns plain values, ready for JSON: what `SearchConfig.model_validate` reads."""
        return self.model_dump(mode="json", exclude_none=True)
