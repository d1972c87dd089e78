"""Whether a copy of a network can learn a single batch by heart."""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.unlearned_copy import unlearned_copy
from keras_tips.probes.answers import Answers
from keras_tips.probes.keras_names_kept import keras_names_kept
from keras_tips.probes.losses_of import loss_weights_of, losses_of
from keras_tips.probes.prediction_numbers import score
from keras_tips.probes.random_states_kept import random_states_kept
from keras_tips.probes.targets_by_output import answers_by_output, targets_by_output
from keras_tips.probes.tensor_loss import tensor_loss
from keras_tips.records.facts import OneBatchFact, OutputFact

__all__ = ["one_batch"]

ROWS = 32  # a batch as it is usual; few enough that any network which is wide enough learns them by heart
FEWEST_ROWS = 8  # where batches are smaller: of a row or two even a constant knows everything
MOST_WEIGHTS = 2_000_000  # a network of more is not too small for 32 rows, and its copy would take much memory
# A step of Adam moves each weight by about the rate, and nobody knows which rate suits this network: so it grows as in a
# learning-rate test, from what deep networks bear to what small ones need, and the best that was ever seen counts.
STEPS = 200
RATES = (0.001, 0.03)  # of the first step and of the last
EVERY = 20  # steps between two looks at what was learned
LEARNED = 0.95  # share of what there is to learn; then it is settled
SEED = 1  # of the copy's initial weights, so that the answer is the same each time


def one_batch(
    model: keras.Model, outputs: Sequence[OutputFact], rows: Rows, batch_size: int, seconds: float
) -> OneBatchFact | None:
    """Trains a copy of the model, from new initial weights, on one batch alone, and returns what it learned of it.

    Dropout stays on, and penalties are left out. What was learned counts as it is at inference or in training mode, whichever
    is better: the first knows no dropout, the second no moving statistics that lag behind. The model itself, what it is trained
    with, and random states stay as they are.

    Args:
        model: compiled and built.
        outputs: what they meet; the score is that of the first.
        rows: with targets; a batch of them is taken, at even distances, or of each class as many as there are.
        batch_size: of training.
        seconds: after so many it is given up.

    Returns:
        None for models that cannot be copied or are too large to be too small, where no score tells what was learned, and
        where it takes too long.
    """
    until = time.perf_counter() + seconds
    names = [output["name"] for output in outputs]
    losses, shares = losses_of(model, names), loss_weights_of(model, names)
    fixed = [int(tensor.shape[0]) for tensor in getattr(model, "inputs", None) or () if tensor.shape[0]]
    few = _batch(rows, outputs, fixed[0] if fixed else min(ROWS, max(FEWEST_ROWS, batch_size)))
    targets, right = targets_by_output(few.y, outputs), answers_by_output(few.y, outputs)
    size = sum(math.prod(weight.shape) for weight in model.trainable_variables)
    first = right.get(names[0]) if names else None
    if not 0 < size <= MOST_WEIGHTS or first is None or None in losses or any(target is None for target in targets):
        return None
    with random_states_kept(), keras_names_kept():
        _seed()
        copy = unlearned_copy(model)
        if copy is None:
            return None
        learner = _Learner(copy, lambda y, said: tensor_loss(losses, shares, y, said, batch_size))
        return _learned(learner, few.x, targets, first, until)


def _batch(rows: Rows, outputs: Sequence[OutputFact], most: int) -> Rows:
    """A batch in which rare classes are not rare: else a constant would know nearly all of it."""
    right = next(iter(answers_by_output(rows.y, outputs).values()), None)
    if rows.count <= most or right is None or right.kind != "classes" or not right.plain:
        return rows.some(most)
    order = np.argsort(right.values, kind="stable")
    firsts = np.searchsorted(right.values[order], right.values[order])  # where the class of each row begins
    turn = np.arange(len(order)) - firsts
    return rows.chosen(np.sort(order[np.argsort(turn, kind="stable")[:most]]))


def _seed() -> None:
    """Not by Keras's own function, which would load TensorFlow on every backend, and seed it for good."""
    random.seed(SEED)
    np.random.seed(SEED)
    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(SEED)


class _Learner(keras.Model):
    """A model whose loss is a function of lists of targets and predictions, and nothing else."""

    def __init__(self, inner: keras.Model, loss: Any) -> None:
        super().__init__(name="learner")
        self.inner, self.measure = inner, loss
        # XLA's compiling takes longer than all the steps, save on JAX, whose steps would be slow without it.
        compiled = keras.backend.backend() == "jax"
        self.compile(keras.optimizers.Adam(RATES[0]), jit_compile=compiled)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.inner(inputs, training=training)

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, *more: Any, **others: Any) -> Any:
        return self.measure(keras.tree.flatten(y), keras.tree.flatten(y_pred))


def _learned(learner: _Learner, x: Any, y: Sequence[Any], right: Answers, until: float) -> OneBatchFact | None:
    losses: list[float] = []
    forward = _forward(learner.inner)
    best: tuple[float, int, float] | None = None  # score, steps, loss
    constant = _constant(right)
    for rate in np.geomspace(*RATES, STEPS):
        if time.perf_counter() > until:
            return None
        learner.optimizer.learning_rate = float(rate)
        losses.append(_loss(learner.train_on_batch(x, list(y), return_dict=True)))
        if not math.isfinite(losses[-1]):
            break
        if len(losses) % EVERY == 0:
            found = _score(forward, x, right)
            if found is not None and (best is None or found > best[0]):
                best = found, len(losses), losses[-1]
            if best is not None and best[0] >= constant + LEARNED * (1 - constant):
                break
    if best is None:
        return None
    return OneBatchFact(
        rows=len(right.values), steps=best[1], first_loss=losses[0], last_loss=best[2], score=best[0], constant=constant
    )


def _constant(right: Answers) -> float:
    """Score of the best constant."""
    if right.kind == "numbers":
        return 0.0
    if right.kind == "labels":
        return float(np.mean(np.maximum(right.values.mean(0), 1 - right.values.mean(0))))
    return float(np.unique(right.values, return_counts=True)[1].max() / right.values.size)


def _loss(logs: Mapping[str, Any]) -> float:
    return float(np.asarray(ops.convert_to_numpy(logs["loss"])))


def _score(forward: Callable[[Any, bool], Any], x: Any, right: Answers) -> float | None:
    """The better one of both modes."""
    inputs = keras.tree.map_structure(ops.convert_to_tensor, x)
    said = [np.asarray(ops.convert_to_numpy(keras.tree.flatten(forward(inputs, mode))[0])) for mode in (True, False)]
    found = [score(each, right) for each in said]
    return max((each for each in found if each is not None), default=None)


def _forward(model: keras.Model) -> Callable[[Any, bool], Any]:
    """Calls the model; JAX compiles loops anew on each eager call, so all of it is compiled, once for each mode."""
    if keras.backend.backend() != "jax":
        return lambda inputs, mode: model(inputs, training=mode)
    import jax

    @partial(jax.jit, static_argnums=3)
    def call(values: Any, others: Any, inputs: Any, mode: bool) -> Any:
        return model.stateless_call(values, others, inputs, training=mode)[0]

    def of_present_values(inputs: Any, mode: bool) -> Any:
        values, others = model.trainable_variables, model.non_trainable_variables
        return call([each.value for each in values], [each.value for each in others], inputs, mode)

    return of_present_values
