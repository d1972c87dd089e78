"""When the doctor looks at the network, and what it writes down of it."""

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np

from keras_tips.callbacks.look import Look, Numbers, look, rows_to_look_at
from keras_tips.callbacks.rows import Rows
from keras_tips.records.facts import OutputFact

__all__ = ["Looking"]

SHARE = 0.02  # of the time that training takes: looks between the first and the last may take so much
GROWTH = 4  # looks follow after 4, 16, 64, ... epochs


class Looking:
    """Looks before the first step, after 4, 16, 64, ... epochs, and at the end.

    Args:
        model: that is trained.
        write: receives a step and (quantity, place) -> number of what was seen then.
        note: receives a remark where the network cannot be looked at.
        step: gives the step that was taken last.
    """

    def __init__(
        self,
        model: keras.Model,
        write: Callable[[int, Numbers], None],
        note: Callable[[str], None],
        step: Callable[[], int] = lambda: 0,
    ) -> None:
        self._model = model
        self._write = write
        self._note = note
        self._step = step
        self._began: float | None = None
        self._spent = 0.0  # seconds
        self._epochs = 0
        self._possible = True
        self._waiting: list[tuple[int, Look]] = []  # (step, what was seen), of which nobody has asked for the numbers yet

    def first(self, outputs: Sequence[OutputFact], rows: Rows | None) -> None:
        """Before the first step."""
        if self._began is None:
            self._look(outputs, rows, deep=False)
            self._began, self._spent = time.perf_counter(), 0.0

    def due(self) -> bool:
        """After each epoch: returns whether it is time to look `again`."""
        self._epochs += 1
        took = time.perf_counter() - (self._began or 0.0)
        grown = self._epochs >= GROWTH and math.log(self._epochs, GROWTH).is_integer()
        return grown and self._spent <= SHARE * took

    def again(self, outputs: Sequence[OutputFact], rows: Rows | None, held_out: Rows | None, batch_size: int) -> None:
        """While training goes on."""
        self._look(outputs, rows, held_out, batch_size, deep=False)

    def last(self, outputs: Sequence[OutputFact], rows: Rows | None, held_out: Rows | None, batch_size: int) -> None:
        """When training has ended."""
        self._look(outputs, rows, held_out, batch_size)

    def work_out(self) -> None:
        """Writes down the numbers of what was seen since the last time; of what cannot be worked out, the reason."""
        begin, waiting, self._waiting = time.perf_counter(), self._waiting, []
        for step, seen in waiting:
            with self._quietly("worked out"):
                self._write(step, seen.numbers)
                self._write(step, seen.readouts)
        self._spent += time.perf_counter() - begin

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
        with self._quietly("looked at"):
            seen = look(self._model, outputs, few, beside, batch_size, deep)
            self._waiting.append((self._step(), seen))
        self._spent += time.perf_counter() - begin

    @contextlib.contextmanager
    def _quietly(self, what: str) -> Iterator[None]:
        """Some networks can only be trained: the doctor must not break what Keras can do. Warnings are said by training too."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                yield
        except Exception as error:
            self._possible = False
            self._note(f"The network was not {what}: {type(error).__name__}: {str(error)[:200]}")
