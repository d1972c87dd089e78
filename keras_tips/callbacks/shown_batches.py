"""Shows the batches that validation steps take, without taking one more or one less, and without compiling anything.

`evaluate` hands `model.test_function` an iterator and leaves it to the function how much it takes. The function is replaced
for one call by one that hands on an iterator which shows what it gives: each batch once, when it is taken. Keras's own function
does the work; on TensorFlow, whose compiled function takes batches out of a `tf.data.Iterator` by itself, it is given another
one of the same element type, for which no new function has to be traced.
"""

from collections.abc import Callable, Iterator
from typing import Any

import keras

__all__ = ["ShownBatches"]


class ShownBatches:
    """Shows batches of one evaluation of a model.

    Args:
        model: whose `test_function` is made.
        see: receives each batch.
    """

    def __init__(self, model: keras.Model, see: Callable[[Any], None]) -> None:
        self._attributes = vars(model)  # past Keras's tracking
        self._plain = model.test_function
        self._see = see
        self._showing: tuple[Any, Any] = (None, None)  # an iterator, and the one that shows what it gives

    def show_next(self) -> None:
        """Has the batches of the next call of `model.test_function` shown."""
        self._attributes["test_function"] = self._execute

    def end(self) -> None:
        """Sees to it that nothing is left on the model, should that call never have come, and lets go of all that it knows.

        TensorFlow keeps the generator below for as long as the process lives. An iterator that it held would be torn down when
        the process ends, and its threads may then wait for ever; and a model would never be freed.
        """
        self._showing = (None, None)
        if self._attributes.get("test_function") == self._execute:
            self._attributes["test_function"] = self._plain
        self._attributes, self._plain, self._see = {}, None, lambda batch: None

    def _execute(self, *arguments: Any) -> Any:
        self._attributes["test_function"] = self._plain
        *state, source = arguments
        return self._plain(*state, self._shown(source))

    def _shown(self, source: Any) -> Any:
        """The iterator, or PyTorch's list of one batch, that shows what it gives."""
        if isinstance(source, list):
            for batch in source:
                self._see(batch)
            return source
        if self._showing[0] is not source:
            self._showing = (source, None)  # which the generator below reads when it begins
            self._showing = (source, self._showing_iterator(source))
        return self._showing[1]

    def _showing_iterator(self, source: Any) -> Any:
        if keras.backend.backend() != "tensorflow":
            return map(self._handed_on, source)
        import tensorflow as tf

        if not isinstance(source, tf.data.Iterator):
            return source  # of several devices, whose batches lie in parts

        def batches() -> Iterator[Any]:
            yield from map(self._handed_on, self._showing[0])

        shown = tf.data.Dataset.from_generator(batches, output_signature=source.element_spec)
        options = tf.data.Options()
        options.autotune.enabled = False  # or it may fetch batches ahead
        return iter(shown.with_options(options))

    def _handed_on(self, batch: Any) -> Any:
        self._see(batch)
        return batch
