"""Tells a callback at once that its `fit` was left by an exception.

Keras calls no hook when `fit` raises on TensorFlow and PyTorch. What `fit` calls can be watched, however: the hooks of its
`CallbackList`, the iterator over batches, the train function, and `model.evaluate` for validation. List and iterator belong to
one call of `fit` and go with it; the two things of the model are replaced only until `fit` calls them. So nothing remains, and
no class is changed. What is not seen: an exception of a later callback's `on_train_begin`, when nothing has been trained yet,
and a Ctrl-C in the few instructions between those calls.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras

__all__ = ["when_fit_raises"]

Act = Callable[[BaseException], None]
KEY = "_keras_tips_watch"


def when_fit_raises(callback: keras.callbacks.Callback, act: Act) -> bool:
    """Has `act(error)` called, once, when the running `fit` raises anything, a `KeyboardInterrupt` too; before it goes on.

    To be called in the callback's `on_train_begin`. Within `act`, `callback.model` is up to date, on JAX too.

    Args:
        callback: one that the running `fit` has been given.
        act: what to do. Should it raise, its exception takes the place of `fit`'s.

    Returns:
        False where the `fit` could not be found: a training loop of someone's own, which calls hooks by itself.
    """
    frame = sys._getframe(1)
    while frame is not None:
        calls, batches = frame.f_locals.get("callbacks"), frame.f_locals.get("epoch_iterator")
        if batches is not None and any(each is callback for each in getattr(calls, "callbacks", ())):
            watch = vars(calls).get(KEY) or _Watch(callback._model, calls, batches)
            watch.acts.append(act)
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


class _Watch:
    """Watches one call of `fit`, for all its callbacks."""

    def __init__(self, model: keras.Model, calls: Any, batches: Any) -> None:
        self.attributes = vars(model)  # past Keras's tracking
        self.acts: list[Act] = []
        vars(calls)[KEY] = self
        for name in ("on_epoch_begin", "on_epoch_end", "on_train_end"):
            vars(calls)[name] = self._telling(getattr(calls, name), after_validation=True)
        self._plain_evaluate, self._plain_catch = model.evaluate, batches.catch_stop_iteration
        batches.catch_stop_iteration = self._catch_stop_iteration
        if keras.backend.backend() == "torch":  # the others call what follows within `catch_stop_iteration`
            for name in ("on_train_batch_begin", "on_train_batch_end"):
                vars(calls)[name] = self._telling(getattr(calls, name))
            begin = calls.on_train_batch_begin

            def on_train_batch_begin(*arguments: Any, **keywords: Any) -> None:
                begin(*arguments, **keywords)
                self._watch_execution()

            vars(calls)["on_train_batch_begin"] = on_train_batch_begin

    @contextlib.contextmanager
    def _catch_stop_iteration(self) -> Iterator[None]:
        """Stands in for the iterator's. Keras trains within it, or fetches one batch; validation comes next."""
        try:
            with self._plain_catch():
                yield
        except BaseException as error:
            self._tell(error)
            raise
        if self.acts:
            self.attributes["evaluate"] = self._telling(self._plain_evaluate)

    def _watch_execution(self) -> None:
        """Watches the call of the train function that comes next."""
        plain = self.attributes["train_function"]

        def execute(*arguments: Any) -> Any:
            self.attributes["train_function"] = plain
            try:
                return plain(*arguments)
            except BaseException as error:
                self._tell(error)
                raise

        self.attributes["train_function"] = execute

    def _telling(self, function: Callable[..., Any], after_validation: bool = False) -> Callable[..., Any]:
        """The function, watched."""

        def telling(*arguments: Any, **keywords: Any) -> Any:
            if after_validation:
                self.attributes.pop("evaluate", None)
            try:
                return function(*arguments, **keywords)
            except BaseException as error:
                self._tell(error)
                raise

        return telling

    def _tell(self, error: BaseException) -> None:
        """Tells of an exception, and forgets those who were told."""
        told, self.acts = self.acts, []
        self.attributes.pop("evaluate", None)
        for act in told:
            act(error)
