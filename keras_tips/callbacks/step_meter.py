"""Measures inside the compiled training step, on the steps that are to be recorded and on no others.

Keras builds `model.train_function` from `model.train_step` and calls it once per execution. For an execution that is to
be recorded, and for that one call only, `model.train_function` is replaced by one that Keras built from a wrapped
`train_step`. The wrapper watches the call that hands gradients to the optimizer, measures there, inside the compiled
step, and returns the numbers beside the step's logs, from which they are taken before anyone sees them.

So between two calls nothing is on the model or the optimizer, whatever is raised where; steps that are not recorded run
Keras's own function; no variable is added anywhere, so every checkpoint is what it would have been.
"""

import contextlib
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import keras
from keras import ops

from keras_tips._base.discovery import discover
from keras_tips.callbacks.set_on import set_on
from keras_tips.callbacks.watched_forward import watched_forward
from keras_tips.callbacks.watched_loss import watched_loss
from keras_tips.callbacks.watched_optimizer import watched_optimizer
from keras_tips.probes.probe import LayerStep, Probe, TrainingStep, VariableStep

__all__ = ["StepMeter", "Watcher"]

KEY = "keras_tips_measured"
METER = "_keras_tips_meter"
Column = tuple[str, str]  # quantity and place


class Watcher(Protocol):
    """Who wants steps measured."""

    def seen(self, batch: Any) -> None:
        """Receives the batch of a step that was asked for, before it is taken: the step may raise."""

    def measured(self, offset: int, columns: tuple[Column, ...], numbers: Any) -> None:
        """Receives step `offset` of the execution: what was measured, quantity and place, and a tensor of one number each.

        Both are empty if nothing could be measured; then `numbers` is None.
        """

    def failed(self, error: BaseException) -> None:
        """Hears that the execution raised."""


class StepMeter:
    """Measures steps of one model for all callbacks that ask for it; `of` gives the one of a model.

    It lives as long as a callback holds it, or Keras's train function, for which it has a measuring twin.
    """

    _of_model: "weakref.WeakValueDictionary[int, StepMeter]" = weakref.WeakValueDictionary()

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.probes: tuple[Probe, ...] = tuple(discover("keras_tips.probes.quantities").values())
        self.columns: tuple[Column, ...] = ()  # what each number measured is, known once a step was traced
        self._wanted: set[type] = set()  # what is measured: variables, layers, the step as a whole
        self._requests: list[tuple[Watcher, frozenset[int]]] = []
        self._own: Callable[..., Any] | None = None  # Keras's function, from which `_measuring` was made
        self._measuring: Callable[..., Any] | None = None

    @classmethod
    def of(cls, model: keras.Model) -> "StepMeter":
        """Returns the meter of a model.

        Raises:
            ValueError: the model trains on several replicas of TensorFlow, whose gradients meet after the step.
        """
        refuse_replicas(model)
        meter = cls._of_model.get(id(model))
        if meter is None or meter.model is not model:
            meter = cls._of_model[id(model)] = cls(model)
        return meter

    def measures_of(self, quantity: str) -> type:
        """What a quantity is measured of."""
        return next(probe.measures for probe in self.probes if probe.name == quantity)

    def want(self, measures: Iterable[type]) -> None:
        """Sees to it that these are measured from now on."""
        if not self._wanted.issuperset(measures):
            self._wanted.update(measures)
            self._measuring = None

    def reset(self) -> None:
        """Forgets requests for an execution that never came, because a callback raised before it."""
        self._requests = []
        if self.model.train_function == self._execute:
            self.model.train_function = self._own

    def request(self, watcher: Watcher, offsets: frozenset[int]) -> None:
        """Asks for steps `offsets` of the execution that comes next, counted from 0."""
        if self.model.train_function != self._execute:
            self._prepare()
            self.model.train_function = self._execute
        self._requests.append((watcher, offsets))

    def _prepare(self) -> None:
        """Has Keras build the measuring function, once for each function of its own."""
        model = self.model
        if self._measuring is not None and self._own is model.train_function:
            return
        model.make_train_function()  # `train_on_batch` has not made it yet when callbacks hear of its first step
        self._own = model.train_function
        with self._measured_train_step():
            model.make_train_function(force=True)
        self._measuring = model.train_function
        model.train_function = self._own
        vars(self._own)[METER] = self  # lives as long as Keras's function, so that a later `fit` need not compile again

    def _execute(self, *arguments: Any) -> Any:
        """Stands in for `train_function` once: the same steps, one batch at a time, measured."""
        *state, source = arguments
        requests, self._requests = self._requests, []
        self.model.train_function = self._own
        batches, result = iter(source), None
        try:
            for offset in range(self.model.steps_per_execution):
                batch = next(batches, None)
                if batch is None:
                    break
                watchers = [watcher for watcher, offsets in requests if offset in offsets]
                for watcher in watchers:
                    watcher.seen(batch)
                with self._measured_train_step():
                    result = self._measuring(*state, _feed(batch))
                result, numbers = _taken_out(result)
                state = [result[1]] if _is_jax() else []
                for watcher in watchers:
                    watcher.measured(offset, () if numbers is None else self.columns, numbers)
        except BaseException as error:
            for watcher, _ in requests:
                watcher.failed(error)
            raise
        if result is None:
            raise StopIteration
        return result

    @contextlib.contextmanager
    def _measured_train_step(self) -> Iterator[None]:
        """Within it `model.train_step` measures; PyTorch looks it up when called, the others when building."""
        train_step = self.model.train_step

        def measured(*arguments: Any) -> Any:
            found: dict[Column, Any] = {}

            def seen(paths: Sequence[str], step: TrainingStep) -> None:
                for column, number in self._numbers(paths, step):
                    if number is not None:
                        found.setdefault(column, number)  # the first, where a variable is changed twice

            with self._forward() as forward, watched_optimizer(self.model.optimizer, seen), watched_loss(self.model) as losses:
                result = train_step(*arguments)
            found.update(forward)
            if len(losses) == 1:
                seen((), TrainingStep((), loss=losses[0]))
            logs = result[0] if _is_jax() else result
            if not found or not isinstance(logs, dict):
                return result
            self.columns = tuple(found)
            logs = {**logs, KEY: _one_tensor(list(found.values()))}
            return (logs, result[1]) if _is_jax() else logs

        with set_on(self.model, "train_step", measured):
            yield

    def _forward(self) -> contextlib.AbstractContextManager[dict[Column, Any]]:
        """What is measured of the layers within it, if someone wants it."""
        return watched_forward(self.model, self.of_layers) if LayerStep in self._wanted else contextlib.nullcontext({})

    def _numbers(self, paths: Sequence[str], step: TrainingStep) -> Iterator[tuple[Column, Any]]:
        """Measures everything that is wanted of a step."""
        for probe in self.probes:
            if probe.measures is VariableStep and VariableStep in self._wanted:
                yield from (((probe.name, path), probe.measure(each)) for path, each in zip(paths, step.variables, strict=True))
            elif probe.measures is TrainingStep and TrainingStep in self._wanted:
                yield (probe.name, "train"), probe.measure(step)

    def of_layers(self, steps: Mapping[str, LayerStep]) -> dict[Column, Any]:
        """Measures everything of the outputs of layers."""
        probes = [probe for probe in self.probes if probe.measures is LayerStep]
        numbers = {(probe.name, path): probe.measure(step) for probe in probes for path, step in steps.items()}
        return {column: number for column, number in numbers.items() if number is not None}


def _one_tensor(numbers: list[Any]) -> Any:
    """Numbers as one tensor, in float64 where one of them is."""
    kind = "float64" if any("float64" in str(number.dtype) for number in numbers) else "float32"
    return ops.stack([ops.cast(ops.reshape(number, ()), kind) for number in numbers])


def _feed(batch: Any) -> Any:
    """One batch in the form in which a backend's train function takes its batches."""
    return iter([batch]) if _is_jax() else [batch]


def _taken_out(result: Any) -> tuple[Any, Any]:
    """Splits what a measuring function returned into what Keras's own returns, and the numbers."""
    logs = dict(result[0] if _is_jax() else result)
    numbers = logs.pop(KEY, None)
    return ((logs, result[1]) if _is_jax() else logs), numbers


def _is_jax() -> bool:
    return keras.backend.backend() == "jax"


def refuse_replicas(model: keras.Model) -> None:
    """Raises `ValueError` for a model that TensorFlow trains on several replicas."""
    strategy = getattr(model, "distribute_strategy", None)
    replicas = getattr(strategy, "num_replicas_in_sync", 1)
    if replicas > 1:
        raise ValueError(
            f"Invalid `model`. Expected one replica to measure on. Received: {type(strategy).__name__} with {replicas}, "
            "whose gradients are reduced after the step. Train without it, or on JAX with keras.distribution.DataParallel."
        )
