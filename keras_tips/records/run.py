"""What was measured while a model was trained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_tips._base.arguments import nearest
from keras_tips.records.record import Record

if TYPE_CHECKING:
    import pandas

__all__ = ["Run"]


@dataclass(frozen=True, repr=False)
class Run:
    """The measurements of one training run: series over steps, facts, and how it ended.

    A run never changes. A monitor hands out a new one each time it is asked; a stored one is read with `load_run`. What
    the facts are called and hold is written in `keras_tips.records.facts`.

    Series of the training itself, one value per epoch at the last step of that epoch, have the name that Keras gives the
    metric (`"loss"`, `"accuracy"`) as quantity and `"train"` or `"validation"` as place. Series per variable have the
    variable's `path` as place.

    Args:
        records: everything that was written down, in order.

    Example:

    >>> run = Run((Record("series", {"quantity": "loss", "places": ["train"], "steps": [9, 19], "values": [[2.0], [1.0]]}),))
    >>> run.series("loss", "train")
    (array([ 9, 19]), array([2., 1.]))
    """

    records: tuple[Record, ...] = ()

    def series(self, quantity: str, place: str) -> tuple[np.ndarray, np.ndarray]:
        """Returns the steps (integers, strictly increasing) and the values (float64) of a quantity at a place.

        Raises:
            KeyError: it was never recorded; the text names the nearest quantity or place that was.
        """
        places = self._table.get(quantity)
        if places is None:
            raise KeyError(f"No quantity {quantity!r} was recorded. {nearest(quantity, self._table)}")
        if place not in places:
            raise KeyError(f"No {quantity!r} was recorded at {place!r}. {nearest(place, places)}")
        return places[place]

    def values(self, quantity: str, place: str) -> np.ndarray:
        """Returns the values of `series` alone, empty where nothing was recorded."""
        known = self._table.get(quantity, {}).get(place)
        return np.empty(0) if known is None else known[1]

    def places(self, quantity: str) -> tuple[str, ...]:
        """Returns the places that have this quantity, in the order in which they were first recorded.

        Raises:
            KeyError: the quantity was never recorded.
        """
        if quantity not in self._table:
            raise KeyError(f"No quantity {quantity!r} was recorded. {nearest(quantity, self._table)}")
        return tuple(self._table[quantity])

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of everything that has a series."""
        return tuple(self._table)

    def fact(self, name: str, default: Any = None) -> Any:
        """Returns the fact of this name as last written, or `default`."""
        return self._facts.get(name, default)

    def to_pandas(self) -> "pandas.DataFrame":
        """Returns all series as one table with the columns `quantity`, `place`, `step` and `value`.

        `frame.pivot(index="step", columns="place", values="value")` of one quantity is a column per place.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("Run.to_pandas needs pandas. Install it: pip install pandas.") from error
        parts = [(quantity, place, *arrays) for quantity, places in self._table.items() for place, arrays in places.items()]
        lengths = [len(steps) for _, _, steps, _ in parts]
        return pandas.DataFrame(
            {
                "quantity": np.repeat([quantity for quantity, *_ in parts], lengths) if parts else [],
                "place": np.repeat([place for _, place, *_ in parts], lengths) if parts else [],
                "step": np.concatenate([steps for *_, steps, _ in parts] or [np.empty(0, "int64")]),
                "value": np.concatenate([values for *_, values in parts] or [np.empty(0)]),
            }
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for people: what could not be measured or read, and why."""
        return tuple(record.body["text"] for record in self.records if record.kind == "note")

    @property
    def status(self) -> str:
        """`"completed"`, `"stopped"`, `"raised"`, or `"running"` where the last `fit` has not ended (or was killed)."""
        ends = [record for record in self.records if record.kind in ("start", "end")]
        return ends[-1].body["status"] if ends and ends[-1].kind == "end" else "running"

    @property
    def reason(self) -> str:
        """Why the last `fit` raised; "" where it did not."""
        ends = [record for record in self.records if record.kind == "end"]
        return ends[-1].body["reason"] if ends and self.status == "raised" else ""

    def __repr__(self) -> str:
        """A line, where the records would fill pages."""
        return f"Run(status={self.status!r}, quantities={list(self.quantities)}, records={len(self.records)})"

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return {record.body["name"]: record.body["value"] for record in self.records if record.kind == "fact"}

    @cached_property
    def _table(self) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
        """Quantity -> place -> (steps, values); a step that was written twice counts as written last.

        A `fit` that begins at an earlier step, from a checkpoint, takes back what was written from that step on.
        """
        points: dict[str, dict[str, dict[int, float]]] = {}
        for record in self.records:
            if record.kind == "start":
                _take_back(points, record.body.get("step", 0))
            elif record.kind == "series":
                for quantity, place, step, value in _points(record.body):
                    points.setdefault(quantity, {}).setdefault(place, {})[step] = value
        return {
            quantity: {place: _as_arrays(by_step) for place, by_step in places.items()} for quantity, places in points.items()
        }


def _points(body: Mapping[str, Any]) -> Iterator[tuple[str, str, int, float]]:
    for step, row in zip(body["steps"], body["values"], strict=True):
        for place, value in zip(body["places"], row, strict=True):
            yield body["quantity"], place, int(step), float(value)


def _take_back(points: dict[str, dict[str, dict[int, float]]], first: int) -> None:
    """Leaves out steps from `first` on."""
    for quantity, places in list(points.items()):
        for place, by_step in list(places.items()):
            places[place] = {step: value for step, value in by_step.items() if step < first}
            if not places[place]:
                del places[place]
        if not places:
            del points[quantity]


def _as_arrays(by_step: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
    steps = sorted(by_step)
    return _frozen(np.array(steps, "int64")), _frozen(np.array([by_step[step] for step in steps], "float64"))


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
