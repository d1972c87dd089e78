"""A model that may be trained for a while, and is then as it was."""

import contextlib
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import keras
import numpy as np

__all__ = ["Untouched"]

ATTRIBUTES = ("optimizer", "train_function", "stop_training", "history", "steps_per_execution", "_maybe_symbolic_build")


class Untouched(keras.callbacks.Callback):
    """Gives a model another optimizer, and takes back all that a `fit` with it has changed.

    Within `with untouched:`, and with the object among the callbacks of `fit`, everything may happen to the model. At the
    end, after an exception as well, these are bit for bit what they were: weights and all other variables, among them
    states of random numbers and metrics; optimizer and compiled training step; the program's random numbers.

    A model that is not built is built on the way. Its weights are then those that it would have begun with anyway.
    """

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        super().__init__()
        self.async_safe = True
        self.trained = model
        self.other_optimizer = optimizer
        self._variables: list[tuple[keras.Variable, np.ndarray]] | None = None
        self._put_back_random_numbers = _random_numbers()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Untouched":
        """Puts the other optimizer in place."""
        self._stack.enter_context(_same_attributes(self.trained))
        self._stack.callback(self._restore)
        own = vars(self.trained)
        own["optimizer"] = self.other_optimizer
        own["steps_per_execution"] = 1
        own["train_function"] = None  # the one that is there has its own optimizer compiled into it
        if keras.backend.backend() == "tensorflow" and not self.trained.built:
            # TensorFlow builds in the first step, when first weights can no longer be seen; the others build before it.
            own["_maybe_symbolic_build"] = self.trained._symbolic_build
        return self

    def __exit__(self, *error: Any) -> None:
        """Puts everything back."""
        self._stack.close()

    def on_train_begin(self, logs: Any = None) -> None:
        """Called by Keras when the model is built and before its first step."""
        # Again: on JAX and PyTorch, building has looked at a first batch, and the next `fit` will have nothing to build.
        self._put_back_random_numbers = _random_numbers()
        variables = {id(each): each for each in [*self.trained.variables, *self.trained.metrics_variables]}
        self._variables = [(each, np.array(keras.ops.convert_to_numpy(each.value))) for each in variables.values()]
        # On JAX a step deletes the arrays it is given. One that an optimizer's moving average shares must not be among them.
        self._put_back_variables()

    def _restore(self) -> None:
        self._put_back_variables()
        self._put_back_random_numbers()

    def _put_back_variables(self) -> None:
        for variable, value in self._variables or ():
            variable.assign(value)


@contextlib.contextmanager
def _same_attributes(model: keras.Model) -> Iterator[None]:
    """Puts attributes of the model back, past Keras's tracking, and takes away those that were not there."""
    own = vars(model)
    kept = {name: own[name] for name in ATTRIBUTES if name in own}
    try:
        yield
    finally:
        for name in ATTRIBUTES:
            own.pop(name, None)
        own.update(kept)


def _random_numbers() -> Callable[[], None]:
    """Returns what puts the generators that a whole program shares back to where they are now.

    Shuffling draws from Python's, from NumPy's on JAX, from PyTorch's on PyTorch. TensorFlow's states go with the data set.
    """
    torch = sys.modules.get("torch")
    put_back = [partial(random.setstate, random.getstate()), partial(np.random.set_state, np.random.get_state())]
    if torch is not None:
        put_back.append(partial(torch.set_rng_state, torch.get_rng_state()))

    def restore() -> None:
        for each in put_back:
            each()

    return restore
