"""How a model calls its dropout layers, in training and at inference."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import keras
import numpy as np

from keras_tips.initializers.watched_calls import watched_calls
from keras_tips.probes.dropout_layers import DropoutLayer

__all__ = ["Call", "Flags", "called", "flags_of", "forced", "on_host", "recorded_calls"]

Flags = dict[int, list[Any]]  # id of a layer -> the `training` that each of its calls received

UNTRACED = (TypeError, NotImplementedError, RuntimeError, AttributeError)  # what a tensor without a value answers with


@dataclass
class Call:
    """One call of a dropout layer within one pass through the model.

    Attributes:
        dropout: the layer.
        number: 1 for the first call of this layer in the pass.
        at_inference: does what the model does at this place at inference, on the same inputs.
        inputs: what goes into the layer at inference, on the host, in float64; None where they have no values, as in a loop
            that is traced.
        in_training: does what the model does at this place in training; None where training does not come past here.
        training: the `training` that the layer receives in training; None where it takes none.
        skipped: whether the model does not come past here at inference, as after `if training:`. Then inputs pass unchanged.
    """

    dropout: DropoutLayer
    number: int
    at_inference: Callable[[], Any]
    inputs: np.ndarray | None
    in_training: Callable[[], Any] | None = None
    training: Any = None
    skipped: bool = False

    @property
    def place(self) -> str:
        """The layer's place, and the number of the call from the second on."""
        return self.dropout.place if self.number == 1 else f"{self.dropout.place}:{self.number}"

    def cut(self, entries: int) -> "Call":
        """Returns the same call on the first rows only, of about `entries` values together.

        A layer of the user's own, and one whose mask has a fixed number of rows, gets all of them.
        """
        fixed = getattr(self.dropout.layer, "noise_shape", None)
        if self.inputs is None or not self.inputs.ndim or not self.dropout.known or (fixed and fixed[0] is not None):
            return self
        rows = max(1, entries * len(self.inputs) // self.inputs.size)
        if rows >= len(self.inputs):
            return self
        training = None if self.in_training is None else _cut(self.in_training, rows)
        inference = partial(lambda: self.at_inference()[:rows]) if self.skipped else _cut(self.at_inference, rows)
        return replace(self, inputs=self.inputs[:rows], at_inference=inference, in_training=training)


def called(model: keras.Model, x: Any, training: bool) -> Any:
    """Returns the model's outputs, called as Keras's training step or prediction calls it."""
    takes = getattr(model, "_call_has_training_arg", True)  # Keras asks the same: others learn of no training at all
    return model(x, training=training) if takes else model(x)


def recorded_calls(model: keras.Model, x: Any, dropouts: Sequence[DropoutLayer], flags: Flags | None = None) -> list[Call]:
    """Returns each call of a dropout layer, in the order of the data.

    Args:
        model: built.
        x: inputs, as tensors.
        dropouts: layers to look at.
        flags: what the layers were seen to receive in a real training step, which may differ from what `model(x,
            training=True)` passes on where `train_step` is the user's own.
    """
    by_id = {id(each.layer): each for each in dropouts}
    calls: dict[tuple[int, int], Call] = {}
    counts: dict[int, int] = {}

    def record(layer: Any, call: Any) -> Any:
        number = counts[id(layer)] = counts.get(id(layer), 0) + 1
        if (id(layer), number) not in calls:
            calls[id(layer), number] = Call(by_id[id(layer)], number, call, on_host(_first_tensor(call)))
        return call()

    with watched_calls([each.layer for each in dropouts], record):
        called(model, x, training=False)
    at_inference = set(calls)
    counts.clear()
    seen = flags_of(dropouts)
    with watched_calls([each.layer for each in dropouts], record), seen.watching:
        called(model, x, training=True)
    for key, call in calls.items():
        received = (flags or {}).get(key[0]) or seen.flags.get(key[0], [])
        every = received[call.number - 1 :: counts[key[0]]] if counts.get(key[0]) else []
        if every:
            call.training = next((flag for flag in every if flag), every[0])  # a step may also ask the model as it is
            call.in_training = _with_training(call.at_inference, call.training)
        if key not in at_inference:
            call.skipped = True
            call.at_inference = partial(_first_tensor, call.at_inference)
    return list(calls.values())


@dataclass
class _FlagsSeen:
    watching: Any
    flags: Flags = field(default_factory=dict)


def flags_of(dropouts: Iterable[DropoutLayer]) -> _FlagsSeen:
    """Returns `.watching`, a context in which calls are watched, and `.flags`, which fills with what layers receive.

    The calls themselves are left as they are; they may be traced.
    """
    seen = _FlagsSeen(None)

    def note(layer: Any, call: Any) -> Any:
        seen.flags.setdefault(id(layer), []).append(call.keywords.get("training"))
        return call()

    seen.watching = watched_calls([each.layer for each in dropouts], note)
    return seen


@contextmanager
def forced(calls: Sequence[Call], act: Callable[[Call, Any], Any]) -> Iterator[None]:
    """Within it, each call of a dropout layer gives `act(its Call, a function that does what training does)` instead.

    The model around may be called as at inference: so dropout is the only thing that acts as in training.
    """
    by_key = {(id(call.dropout.layer), call.number): call for call in calls}
    counts: dict[int, int] = {}

    def instead(layer: Any, plain: Any) -> Any:
        number = counts[id(layer)] = counts.get(id(layer), 0) + 1
        call = by_key.get((id(layer), number))
        if call is None or call.in_training is None:
            return plain()
        return act(call, _with_training(plain, call.training))

    with watched_calls({id(call.dropout.layer): call.dropout.layer for call in calls}.values(), instead):
        yield


def on_host(tensor: Any) -> np.ndarray | None:
    """A tensor as a NumPy array of float64; None where it has no values yet."""
    if tensor is None:
        return None
    try:
        return np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(tensor, "float32")), "float64")
    except UNTRACED:
        return None


def _with_training(call: Any, training: Any) -> Callable[[], Any]:
    """The same call with another `training`, where the layer takes one."""
    if training is None:
        return call
    return partial(call.func, *call.args, **{**call.keywords, "training": training})


def _cut(call: Any, rows: int) -> Callable[[], Any]:
    args = [value[:rows] if keras.ops.is_tensor(value) else value for value in call.args]
    keywords = {name: value[:rows] if keras.ops.is_tensor(value) else value for name, value in call.keywords.items()}
    return partial(call.func, *args, **keywords)


def _first_tensor(call: Any) -> Any:
    return next((value for value in (*call.args, *call.keywords.values()) if keras.ops.is_tensor(value)), None)
