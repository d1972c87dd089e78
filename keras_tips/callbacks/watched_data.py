"""The rows of training and validation that `fit` shows, and what is written down of them."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.seen_rows import SeenRows
from keras_tips.callbacks.shown_batches import ShownBatches
from keras_tips.probes.data_facts import data_facts
from keras_tips.probes.references import references
from keras_tips.probes.relabelled import relabelled
from keras_tips.probes.split_fact import split_fact
from keras_tips.records.facts import OutputFact

__all__ = ["WatchedData"]

AGAIN = 256  # rows of later epochs, to see whether they have the targets that they had


class WatchedData:
    """Keeps rows of the first epoch and of its validation, and a few that training shows again.

    Args:
        model: that is trained.
        write: receives name and value of a fact.
        given: rows to describe the data by, in place of those that training shows.
    """

    def __init__(self, model: keras.Model, write: Callable[[str, Any], None], given: Rows | None = None) -> None:
        self._model = model
        self._write = write
        self._given = given
        self._seen, self._held_out, self._again = SeenRows(model), SeenRows(model), SeenRows(model)
        self._shown: ShownBatches | None = None
        self._described = (0, 0, 0)  # rows of training, of validation and met again when they were last written down
        self._compared = (0, 0, 0)  # and when simple predictors were last fitted to them

    @property
    def batch_size(self) -> int | None:
        """Rows in the first batch."""
        return self._seen.batch_size

    @property
    def weighted(self) -> bool | None:
        """Whether rows had weights that differ."""
        return self._seen.weighted

    @property
    def empty(self) -> bool:
        """Whether no rows of training were taken yet."""
        return self._given is None and self._seen.count == 0

    @property
    def rows(self) -> Rows | None:
        """Rows of training, None where there are none that the network could be run on."""
        return self._given or self._seen.rows()

    @property
    def held_out(self) -> Rows | None:
        """Rows of validation, likewise."""
        return self._held_out.rows()

    def begin(self) -> None:
        """A `fit` begins. What later ones show may have other targets on purpose."""
        self._again.closed = self._seen.closed

    def see(self, batch: Any) -> None:
        """Takes a batch of training."""
        self._seen.add(batch)
        if self._seen.closed and self._again.count < AGAIN:
            self._again.add(batch)

    def search(self) -> bool:
        """Looks through the next epoch for what may have made the loss not finite; False where that is known."""
        return self._given is None and self._seen.search()

    def begin_validation(self) -> None:
        """Has batches of the validation that begins shown, where more are wanted."""
        if self._given is None and self._held_out.wanting:
            self._shown = ShownBatches(self._model, self._held_out.add)

    def show_validation(self) -> None:
        """Before a step of validation."""
        if self._shown is not None and self._held_out.wanting:
            self._shown.show_next()

    def end_validation(self) -> None:
        """Later epochs bring the same rows again."""
        if self._shown is not None:
            self._shown.end()
            self._shown, self._held_out.closed = None, True

    def close(self) -> None:
        """After the first epoch."""
        self._seen.closed = True

    def describe(self) -> None:
        """Writes down what the rows are like, if there are more than last time."""
        if self._given is not None:
            if self._described == (0, 0, 0):
                self._described = (self._given.count, 0, 0)
                self._write_all(data_facts(self._given.x, self._given.y, self._model))
            return
        count = (self._seen.count, self._held_out.count, self._again.count)
        if count == self._described:
            return
        facts = dict(self._seen.facts()) | self._met_again()
        if count[1] and count[1] != self._described[1]:
            facts |= {f"validation_{name}": value for name, value in self._held_out.facts().items()}
            training, validation = self._seen.inputs(), self._held_out.inputs()
            if training and validation:
                facts["split"] = split_fact(training, validation)
        self._described = count
        self._write_all(facts)

    def _met_again(self) -> dict[str, Any]:
        """The fact "relabelled", where rows and targets are arrays."""
        before, again = self._seen.rows(), self._again.rows()
        if before is None or again is None or before.y is None or again.y is None:
            return {}
        tables = [[keras.tree.flatten(part) for part in (rows.x, rows.y)] for rows in (before, again)]
        if any(leaf.dtype.kind not in "biuf" or not leaf.size for rows in tables for part in rows for leaf in part):
            return {}
        return {"relabelled": relabelled(*tables)}

    def compare(self, outputs: Sequence[OutputFact]) -> None:
        """Fits simple predictors to the rows, if there are more than last time, and writes down what they score."""
        if self._compared == self._described:
            return
        self._compared = self._described
        rows, held_out = self.rows, self.held_out
        if rows is not None and rows.y is not None:
            known = references((rows.x, rows.y), outputs, None if held_out is None else (held_out.x, held_out.y))
            if known:
                self._write("references", known)

    def _write_all(self, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            self._write(name, value)
