"""What is measured after training where the diagnosis would else stay open."""

import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_tips.callbacks.critical_point import critical_point
from keras_tips.callbacks.one_batch import one_batch
from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.time_reach import time_reach
from keras_tips.doctor.attainment import attainment, reconstructs
from keras_tips.doctor.descent_time import plain_descent
from keras_tips.doctor.diagnose import diagnose
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.stopped_short import StoppedShort, stopped_short
from keras_tips.records.facts import OutputFact
from keras_tips.records.run import Run

__all__ = ["OpenQuestions"]

SHARE = 0.05  # of the time that training took: each measurement may take so much
SECONDS = 5.0  # and this: a short training takes as long to compile as a long one
# They tell that too little was learned, and not why: a network that is too small would explain each of them.
OPEN = ("plateau", "undertrained", "saddle_point", "local_minimum", "learning_rate_too_low")


class OpenQuestions:
    """Measures the facts "critical_point", "time_reach" and "one_batch" once after each `fit`, where they are needed.

    Args:
        model: that is trained.
        write: receives name and value of a fact.
        note: receives a remark where something cannot be measured.
    """

    def __init__(self, model: keras.Model, write: Callable[[str, Any], None], note: Callable[[str], None]) -> None:
        self._model = model
        self._write = write
        self._note = note
        self._began = time.perf_counter()
        self._seconds: float | None = None  # that a measurement may take; None where nothing waits to be measured

    def begin(self, known: Run) -> None:
        """A `fit` begins, which goes on from where the last one had stopped."""
        self._began, self._seconds = time.perf_counter(), None
        for name in ("critical_point", "time_reach"):
            if known.fact(name) is not None:
                self._write(name, None)

    def end(self) -> None:
        """A `fit` has ended, and not by an exception."""
        self._seconds = SHARE * (time.perf_counter() - self._began) + SECONDS

    def settle(self, run: Callable[[], Run], outputs: Sequence[OutputFact], rows: Rows | None, batch_size: int) -> None:
        """Measures what is needed, once after a `fit`.

        Args:
            run: gives what is known by now.
            outputs: what they meet.
            rows: of training.
            batch_size: of training.
        """
        seconds, self._seconds = self._seconds, None
        if seconds is None or rows is None or rows.y is None or not _poor(run()):
            return
        if isinstance(stopped_short(run()), StoppedShort) or (plain_descent(run()) and _open(run())):
            loss = last_look(run(), "inference_loss", "train")
            self._measure("critical_point", lambda: critical_point(self._model, outputs, rows, batch_size, seconds, loss))
        self._measure("time_reach", lambda: time_reach(self._model, outputs, rows))
        if run().fact("one_batch") is None and _open(run()):
            self._measure("one_batch", lambda: one_batch(self._model, outputs, rows, batch_size, seconds))

    def _measure(self, name: str, measure: Callable[[], Any]) -> None:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # training says them anyway
                found = measure()
        except Exception as error:  # an odd model: the doctor must not break what Keras can do
            self._note(f"{name} was not measured: {type(error).__name__}: {str(error)[:200]}")
            return
        if found is not None:
            self._write(name, found)


def _poor(run: Run) -> bool:
    learned = attainment(run)
    return learned is not None and learned.poor


def _open(run: Run) -> bool:
    """Whether nothing is known that would explain why little was learned."""
    return not reconstructs(run) and all(finding.rule in OPEN for finding in diagnose(run).findings if finding.serious)
