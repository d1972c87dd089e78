"""When the doctor looks at the network, and what it writes down of it."""

import math
import time
import warnings
from collections.abc import Callable, Sequence

import keras
import numpy as np

from keras_tips.callbacks.look import Look, Numbers, look, rows_to_look_at
from keras_tips.callbacks.rows import Rows
from keras_tips.probes.readout import readout_score
from keras_tips.records.facts import OutputFact

__all__ = ["Looking"]

SHARE = 0.02  # of the time that training takes: looks between the first and the last may take so much
GROWTH = 4  # looks follow after 4, 16, 64, ... epochs


class Looking:
    """Looks before the first step, after 4, 16, 64, ... epochs, and at the end.

    Args:
        model: that is trained.
        write: receives (quantity, place) -> number of a look at the step that was taken last.
        note: receives a remark where the network cannot be looked at.
    """

    def __init__(self, model: keras.Model, write: Callable[[Numbers], None], note: Callable[[str], None]) -> None:
        self._model = model
        self._write = write
        self._note = note
        self._began: float | None = None
        self._spent = 0.0  # seconds
        self._epochs = 0
        self._possible = True
        self._pending: Look | None = None  # whose readouts nobody has asked for yet

    def first(self, outputs: Sequence[OutputFact], rows: Rows | None) -> None:
        """Before the first step."""
        if self._began is None:
            self._look(outputs, rows, deep=False)
            self._began, self._spent = time.perf_counter(), 0.0

    def epoch_ended(self, outputs: Sequence[OutputFact], rows: Rows | None, held_out: Rows | None, batch_size: int) -> None:
        """After an epoch."""
        self._epochs += 1
        due = self._epochs >= GROWTH and math.log(self._epochs, GROWTH).is_integer()
        took = time.perf_counter() - (self._began or 0.0)
        if due and self._spent <= SHARE * took:
            self._look(outputs, rows, held_out, batch_size, deep=False)

    def last(self, outputs: Sequence[OutputFact], rows: Rows | None, held_out: Rows | None, batch_size: int) -> None:
        """When training has ended."""
        self._look(outputs, rows, held_out, batch_size)

    def readouts(self) -> Numbers:
        """What linear readouts of the layers score, of the last look; worked out only when someone asks, and once."""
        seen, self._pending = self._pending, None
        right = next(iter(seen.answers.values()), None) if seen is not None and len(seen.answers) == 1 else None
        if seen is None or right is None:
            return {}
        scores = {path: readout_score(table, right) for path, table in seen.features.items()}
        return {("linear_score", path): score for path, score in scores.items() if score is not None}

    def _look(
        self,
        outputs: Sequence[OutputFact],
        rows: Rows | None,
        held_out: Rows | None = None,
        batch_size: int = 32,
        deep: bool = True,
    ) -> None:
        if not self._possible or rows is None or not self._model.built:
            return
        begin = time.perf_counter()
        most = rows_to_look_at(self._model)
        few, beside = rows.some(most), None if held_out is None else held_out.some(most)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # training says them anyway
                seen = look(self._model, outputs, few, beside, batch_size, deep)
        except Exception as error:  # a network that can only be trained: the doctor must not break what Keras can do
            self._possible = False
            self._note(f"The network was not looked at: {type(error).__name__}: {str(error)[:200]}")
            return
        self._spent += time.perf_counter() - begin
        self._pending = seen if deep else self._pending
        self._write(seen.numbers)
