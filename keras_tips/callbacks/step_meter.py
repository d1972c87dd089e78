"""Measures inside the compiled training step, on the steps that are to be recorded and on no others.

Keras builds `model.train_function` from `model.train_step` and calls it once per execution. For an execution that is to
be recorded, and for that one call only, `model.train_function` is replaced by one that Keras built from a wrapped
`train_step`. The wrapper watches the call that hands gradients to the optimizer, measures there, inside the compiled
step, and returns the numbers beside the step's logs, from which they are taken before anyone sees them.

So between two calls nothing is on the model or the optimizer, whatever is raised where; steps that are not recorded run
Keras's own function; no variable is added anywhere, so every checkpoint is what it would have been.
"""

import contextlib
import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import keras
from keras import ops

from keras_tips.callbacks.freed_memory import hand_back_freed_memory
from keras_tips.callbacks.set_on import set_on
from keras_tips.callbacks.watched_forward import watched_forward
from keras_tips.callbacks.watched_loss import watched_loss
from keras_tips.callbacks.watched_optimizer import watched_optimizer
from keras_tips.probes.catalogue import catalogue
from keras_tips.probes.probe import LayerStep, Probe, TrainingStep, VariableStep

__all__ = ["Column", "StepMeter", "Watcher", "Weights", "of_layers"]

KEY = "keras_tips_measured"
METER = "_keras_tips_meter"
Weights = Callable[[], contextlib.AbstractContextManager[Any]]
Column = tuple[str, str, int]  # quantity, place, and how many numbers it has
Name = tuple[str, str]  # of a quantity at a place
Numbers = dict[tuple[Name, ...], Any]  # a scalar or a vector of one name, or a scalar for each of several


class Watcher(Protocol):
    """Who wants steps measured."""

    def seen(self, batch: Any, weights: Weights) -> None:
        """Receives the batch of a step that was asked for, before it is taken: the step may raise.

        Within `weights()` the model has its weights: on JAX, Keras takes them out of its variables while it trains.
        """

    def measured(self, offset: int, columns: tuple[Column, ...], numbers: Any) -> None:
        """Receives step `offset` of the execution: what was measured, and one tensor of all its numbers, in that order.

        There are no columns if nothing could be measured; then `numbers` is None.
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
        self.columns: tuple[Column, ...] = ()  # what the numbers measured are, known once a step was traced
        self._wanted: set[str] = set()  # quantities
        self._requests: list[tuple[Watcher, frozenset[int]]] = []
        self._own: Callable[..., Any] | None = None  # Keras's function, from which `_measuring` was made
        self._measuring: Callable[..., Any] | None = None
        self._traced = False  # whether the measuring function was traced in its last call

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

    def want(self, quantities: Iterable[str]) -> None:
        """Sees to it that these are measured from now on."""
        if not self._wanted.issuperset(quantities):
            self._wanted.update(quantities)
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
            vars(self.model)["train_function"] = self._execute  # past Keras's tracking, which takes longer than this
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
        vars(self.model)["train_function"] = self._own
        batches, result = iter(source), None
        try:
            for offset in range(self.model.steps_per_execution):
                batch = next(batches, None)
                if batch is None:
                    break
                watchers = [watcher for watcher, offsets in requests if offset in offsets]
                for watcher in watchers:
                    watcher.seen(batch, partial(self._weights_of, state))
                with self._measured_train_step():
                    result = self._measuring(*state, _feed(batch))
                result, numbers = _taken_out(result)
                state = [result[1]] if _is_jax() else []
                if self._traced and _is_jax():
                    hand_back_freed_memory()
                self._traced = False
                for watcher in watchers:
                    watcher.measured(offset, () if numbers is None else self.columns, numbers)
        except BaseException as error:
            for watcher, _ in requests:
                watcher.failed(error)
            raise
        if result is None:
            raise StopIteration
        return result

    def _weights_of(self, state: Sequence[Any]) -> contextlib.AbstractContextManager[Any]:
        """See `Watcher.seen`."""
        if not _is_jax():
            return contextlib.nullcontext()
        model, (trainable, others, *_) = self.model, state[0]
        pairs = [*zip(model.trainable_variables, trainable, strict=True)]
        pairs += zip(model.non_trainable_variables, others, strict=True)
        return keras.StatelessScope(state_mapping=pairs)

    @contextlib.contextmanager
    def _measured_train_step(self) -> Iterator[None]:
        """Within it `model.train_step` measures; PyTorch looks it up when called, the others when building."""
        train_step = self.model.train_step

        def measured(*arguments: Any) -> Any:
            self._traced = True
            found: Numbers = {}
            known: set[Name] = set()

            def seen(paths: Sequence[str], step: TrainingStep) -> None:
                for names, number in self._numbers(paths, step):
                    if number is not None:
                        found.update(_news(names, number, known))  # the first counts, where a variable is changed twice
                        known.update(names)

            with self._forward() as forward, watched_optimizer(self.model.optimizer, seen), watched_loss(self.model) as losses:
                result = train_step(*arguments)
            found.update({(name,): number for name, number in forward.items()})
            if len(losses) == 1:
                seen((), TrainingStep((), loss=losses[0]))
            logs = result[0] if _is_jax() else result
            if not found or not isinstance(logs, dict):
                return result
            self.columns = tuple(column for names, number in found.items() for column in _columns(names, number))
            logs = {**logs, KEY: _one_tensor(list(found.values()))}
            return (logs, result[1]) if _is_jax() else logs

        with set_on(self.model, "train_step", measured):
            yield

    def _forward(self) -> contextlib.AbstractContextManager[dict[Name, Any]]:
        """What is measured of the layers within it, if someone wants it."""
        wanted = self._probes(LayerStep)
        if not wanted:
            return contextlib.nullcontext({})
        return watched_forward(self.model, lambda steps: of_layers(steps, wanted))

    def _numbers(self, paths: Sequence[str], step: TrainingStep) -> Iterator[tuple[tuple[Name, ...], Any]]:
        """Measures everything that is wanted of a step."""
        probes, (places, many), alone = self._probes(VariableStep), step.together, step.alone
        of_sizes = [probe for probe in probes if probe.of_sizes and places]
        for probe in of_sizes:
            yield tuple((probe.name, paths[place]) for place in places), probe.measure(many)
        for place, each in enumerate(step.variables):  # one after the other, while a processor's cache holds it
            rest = probes if place in alone else [probe for probe in probes if probe not in of_sizes]
            yield from ((((probe.name, paths[place]),), probe.measure(each)) for probe in rest)
        for probe in self._probes(TrainingStep):
            yield ((probe.name, "train"),), probe.measure(step)

    def _probes(self, measures: type) -> list[Probe]:
        """The probes of these that are wanted."""
        return [probe for name, probe in catalogue().items() if probe.measures is measures and name in self._wanted]


def _news(names: tuple[Name, ...], number: Any, known: set[Name]) -> Numbers:
    """What was measured, without names that are known or come twice."""
    if known.isdisjoint(names) and len(set(names)) == len(names):
        return {names: number}
    news: Numbers = {}
    for place, name in enumerate(names):
        if name not in known:
            news.setdefault((name,), number[place])
    return news


def _columns(names: tuple[Name, ...], number: Any) -> list[Column]:
    return [(*name, math.prod(number.shape) // len(names)) for name in names]


def of_layers(steps: Mapping[str, LayerStep], probes: Iterable[Probe]) -> dict[Name, Any]:
    """Measures the outputs of layers."""
    numbers = {(probe.name, path): probe.measure(step) for probe in probes for path, step in steps.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def _one_tensor(numbers: list[Any]) -> Any:
    """Numbers as one vector, in float64 where one of them is."""
    kinds = [keras.backend.standardize_dtype(number.dtype) for number in numbers]
    wanted = "float64" if "float64" in kinds else "float32"
    alike = [number if kind == wanted else ops.cast(number, wanted) for number, kind in zip(numbers, kinds, strict=True)]
    if all(not number.shape for number in alike):
        return ops.stack(alike)
    return ops.concatenate([ops.reshape(number, (-1,)) for number in alike])


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
