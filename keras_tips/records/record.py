"""One thing that was written down about a training run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from keras_tips._base.arguments import check_choice, invalid

__all__ = ["Record"]

NEEDED = {  # kind -> what its body holds
    "start": ("step",),
    "fact": ("name", "value"),
    "series": ("quantity", "places", "steps", "values"),
    "end": ("status", "reason"),
    "note": ("text",),
}


@dataclass(frozen=True)
class Record:
    """One entry of a `Run`, in the order in which it was written.

    Attributes:
        kind: what `body` holds:
            `"start"`: a call of `fit` began (`step`: the first it will count; what was written from there on is void);
            `"fact"`: something known once (`name`, `value`; a later fact of the same name replaces an earlier one);
            `"series"`: numbers over steps (`quantity`, `places`, `steps`, and `values` as one row per step);
            `"end"`: a call of `fit` ended (`status`: `"completed"`, `"stopped"` or `"raised"`; `reason`);
            `"note"`: a remark for people (`text`), such as what could not be measured and why.
        body: names to plain values: text, numbers, lists and mappings of them.
    """

    kind: str
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, NEEDED)
        missing = [name for name in NEEDED[self.kind] if name not in self.body]
        if missing:
            raise invalid("body", f"{', '.join(NEEDED[self.kind])} in a record of kind {self.kind!r}", sorted(self.body))
        if self.kind == "series" and not _is_table(**{name: self.body[name] for name in ("places", "steps", "values")}):
            raise invalid("body", "whole steps, and one row of numbers per step with one per place", dict(self.body))


def _is_table(places: Any, steps: Any, values: Any) -> bool:
    if not all(isinstance(part, Sequence) for part in (places, steps, values)) or len(steps) != len(values):
        return False
    if not all(isinstance(row, Sequence) and len(row) == len(places) for row in values):
        return False
    return all(isinstance(step, Integral) for step in steps) and all(isinstance(v, Real) for row in values for v in row)
