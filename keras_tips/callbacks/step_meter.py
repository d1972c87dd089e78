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
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import keras
from keras import ops

from keras_tips._base.discovery import discover
from keras_tips.probes.probe import Probe, VariableStep

__all__ = ["StepMeter", "Watcher"]

KEY = "keras_tips_measured"


class Watcher(Protocol):
    """Who wants steps measured."""

    def seen(self, batch: Any) -> None:
        """Receives the batch of a step that was asked for, before it is taken: the step may raise."""

    def measured(self, offset: int, numbers: Any) -> None:
        """Receives step `offset` of the execution: a tensor (quantities, variables), or None if no optimizer's step was
        taken.
        """

    def failed(self, error: BaseException) -> None:
        """Hears that the execution raised."""


class StepMeter:
    """Measures steps of one model for all callbacks that ask for it; `of` gives the one of a model."""

    _of_model: "weakref.WeakValueDictionary[int, StepMeter]" = weakref.WeakValueDictionary()

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.probes: tuple[Probe, ...] = tuple(discover("keras_tips.probes.quantities").values())
        self.places: tuple[str, ...] = ()  # paths of the variables, known once a step was traced: the columns measured
        self._requests: list[tuple[Watcher, frozenset[int]]] = []
        self._own: Callable[..., Any] | None = None  # Keras's function, from which `_measuring` was made
        self._measuring: Callable[..., Any] | None = None

    @classmethod
    def of(cls, model: keras.Model) -> "StepMeter":
        """Returns the meter of a model; it lives as long as a callback holds it.

        Raises:
            ValueError: the model trains on several replicas of TensorFlow, whose gradients meet after the step.
        """
        refuse_replicas(model)
        meter = cls._of_model.get(id(model))
        if meter is None or meter.model is not model:
            meter = cls._of_model[id(model)] = cls(model)
        return meter

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the rows of what a watcher receives."""
        return tuple(probe.name for probe in self.probes)

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
        self._own = model.train_function
        with self._measured_train_step():
            model.make_train_function(force=True)
        self._measuring = model.train_function
        model.train_function = self._own

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
                    watcher.measured(offset, numbers)
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
            with watched(self.model.optimizer, self._measure) as seen:
                result = train_step(*arguments)
            logs = result[0] if _is_jax() else result
            if not seen or not isinstance(logs, dict):
                return result
            self.places = tuple(path for paths, _ in seen for path in paths)
            logs = {**logs, KEY: ops.concatenate([numbers for _, numbers in seen], axis=1)}
            return (logs, result[1]) if _is_jax() else logs

        with set_on(self.model, "train_step", measured):
            yield

    def _measure(self, steps: Sequence[VariableStep]) -> Any:
        """Returns all probes of all variables as one tensor (quantities, variables)."""
        return ops.stack([ops.stack([probe.measure(step) for step in steps]) for probe in self.probes])


@contextlib.contextmanager
def watched(optimizer: Any, measure: Callable[[Sequence[VariableStep]], Any]) -> Iterator[list[tuple[list[str], Any]]]:
    """Within it, the list given receives the variables' paths, and what `measure` makes of them, at each optimizer's step.

    PyTorch and TensorFlow call `apply`, which changes variables; JAX calls `stateless_apply`, which returns new values.
    """
    seen: list[tuple[list[str], Any]] = []

    def apply(gradients: Any, trainable_variables: Any = None) -> Any:
        gradients = list(gradients)
        variables = list(optimizer._trainable_variables if trainable_variables is None else trainable_variables)
        scale = optimizer.scale_loss(ops.ones(()))
        before = [ops.copy(ops.stop_gradient(variable)) for variable in variables]
        result = plain_apply(gradients, trainable_variables)
        after = [ops.stop_gradient(variable) for variable in variables]
        seen.append((_paths(variables), measure(_variable_steps(gradients, before, after, scale))))
        return result

    def stateless_apply(optimizer_variables: Any, gradients: Any, trainable_variables: Any) -> Any:
        mapping = list(zip(optimizer.variables, optimizer_variables, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            scale = optimizer.scale_loss(ops.ones(()))
        result = plain_stateless_apply(optimizer_variables, gradients, trainable_variables)
        paths = _paths(optimizer._trainable_variables)
        seen.append((paths, measure(_variable_steps(gradients, trainable_variables, result[0], scale))))
        return result

    if optimizer is None:
        yield seen
    elif _is_jax():
        plain_stateless_apply = optimizer.stateless_apply
        with set_on(optimizer, "stateless_apply", stateless_apply):
            yield seen
    else:
        plain_apply = optimizer.apply
        with set_on(optimizer, "apply", apply):
            yield seen


def _paths(variables: Any) -> list[str]:
    return [getattr(variable, "path", variable.name) for variable in variables]


def _variable_steps(gradients: Any, before: Any, after: Any, scale: Any) -> list[VariableStep]:
    triples = zip(gradients, before, after, strict=True)
    return [VariableStep(_dense(gradient, old) / ops.cast(scale, "float32"), old, new) for gradient, old, new in triples]


def _dense(gradient: Any, variable: Any) -> Any:
    """The gradient in float32 or better: zeros for a variable that the loss does not see, a sparse one summed up."""
    if gradient is None:
        return ops.zeros(ops.shape(variable), "float32")
    gradient = ops.stop_gradient(ops.convert_to_tensor(gradient, sparse=False))
    return gradient if "float64" in str(gradient.dtype) else ops.cast(gradient, "float32")


@contextlib.contextmanager
def set_on(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute on the instance, past Keras's tracking, and leaves the instance as it was."""
    had, old = name in vars(owner), vars(owner).get(name)
    vars(owner)[name] = value
    try:
        yield
    finally:
        if had:
            vars(owner)[name] = old
        else:
            vars(owner).pop(name, None)


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
