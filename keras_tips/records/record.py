"""One thing that was written down about a training run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Record"]

KINDS = ("start", "fact", "series", "end", "note")


@dataclass(frozen=True)
class Record:
    """One entry of a `Run`, in the order in which it was written.

    Attributes:
        kind: what `body` holds:
            `"start"`: a call of `fit` began (`step`: the first step it will count);
            `"fact"`: something known once (`name`, `value`; a later fact of the same name replaces an earlier one);
            `"series"`: numbers over steps (`quantity`, `places`, `steps`, and `values` as one row per step);
            `"end"`: a call of `fit` ended (`status`: `"completed"`, `"stopped"` or `"raised"`; `reason`);
            `"note"`: a remark for people (`text`), such as what could not be measured and why.
        body: names to plain values: text, numbers, lists and mappings of them.
    """

    kind: str
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Invalid `kind`. Expected one of {KINDS}. Received: kind={self.kind!r}.")
