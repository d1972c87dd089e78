"""What an optimizer is given, and what it makes of it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
from keras import ops

from keras_tips.callbacks.set_on import set_on
from keras_tips.probes.in_one_pass import in_one_pass
from keras_tips.probes.probe import TrainingStep, VariableStep

__all__ = ["watched_optimizer"]

Seen = Callable[[Sequence[str], TrainingStep], None]


@contextlib.contextmanager
def watched_optimizer(optimizer: Any, seen: Seen) -> Iterator[None]:
    """Within it, `seen` receives the variables' paths and the step, each time that the optimizer takes one.

    PyTorch and TensorFlow call `apply`, which changes variables; JAX calls `stateless_apply`, which returns new values.
    """

    def apply(gradients: Any, trainable_variables: Any = None) -> Any:
        gradients = list(gradients)
        variables = list(optimizer._trainable_variables if trainable_variables is None else trainable_variables)
        scale, rate = _loss_scale(optimizer), _learning_rate(optimizer)
        before = [ops.copy(ops.stop_gradient(variable)) for variable in variables]
        with _into_memory_of_their_own(_inner(optimizer)):
            result = plain(gradients, trainable_variables)
        after = [ops.stop_gradient(variable) for variable in variables]
        seen(_paths(variables), _step(optimizer, gradients, scale, before, after, rate))
        return result

    def stateless_apply(optimizer_variables: Any, gradients: Any, trainable_variables: Any) -> Any:
        mapping = list(zip(optimizer.variables, optimizer_variables, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            scale, rate = _loss_scale(optimizer), _learning_rate(optimizer)
        result = plain(optimizer_variables, gradients, trainable_variables)
        gradients, after = _from_memory(gradients), _from_memory(result[0])
        seen(_paths(optimizer._trainable_variables), _step(optimizer, gradients, scale, trainable_variables, after, rate))
        return result

    if optimizer is None:
        yield
        return
    watching = stateless_apply if keras.backend.backend() == "jax" else apply
    plain = getattr(optimizer, watching.__name__)
    with set_on(optimizer, watching.__name__, watching):
        yield


def _into_memory_of_their_own(optimizer: Any) -> contextlib.AbstractContextManager[Any]:
    """Within it, what an optimizer of TensorFlow subtracts gives tensors beside the old ones.

    TensorFlow would do so by itself, as the old ones are still wanted, but copy them first and then subtract in place.
    """
    if keras.backend.backend() != "tensorflow" or not isinstance(optimizer, keras.Optimizer):
        return contextlib.nullcontext()
    import tensorflow as tf

    in_place = optimizer.assign_sub

    def assign_sub(variable: Any, value: Any) -> None:
        if isinstance(value, tf.IndexedSlices):  # rows of a table, of which the others stay
            in_place(variable, value)
        else:
            optimizer.assign(variable, variable - tf.cast(value, variable.dtype))

    return set_on(optimizer, "assign_sub", assign_sub)


def _from_memory(tensors: Any) -> list[Any]:
    """The same tensors, in JAX: else XLA would compute the optimizer's step anew for each number that is measured of it."""
    import jax

    return [None if tensor is None else jax.lax.optimization_barrier(tensor) for tensor in tensors]


def _paths(variables: Any) -> list[str]:
    return [getattr(variable, "path", variable.name) for variable in variables]


def _step(optimizer: Any, gradients: Any, scale: Any, before: Any, after: Any, rate: Any) -> TrainingStep:
    dense = [_dense(gradient, old) for gradient, old in zip(gradients, before, strict=True)]
    if scale is not None:
        dense = [gradient / ops.cast(scale, gradient.dtype) for gradient in dense]
    variables = tuple(map(VariableStep, dense, before, after, _clipped(optimizer, dense)))
    sized = in_one_pass(dense, before, after)
    if sized is None:
        return TrainingStep(variables, rate)
    return TrainingStep(variables, rate, together=(sized[0], VariableStep(sizes=sized[1])))


def _dense(gradient: Any, variable: Any) -> Any:
    """The gradient in float32 or better: zeros for a variable that the loss does not see, a sparse one summed up."""
    if gradient is None:
        return ops.zeros(ops.shape(variable), "float32")
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        gradient = tensorflow.convert_to_tensor(gradient)  # rows of an embedding that occur twice are summed
    gradient = ops.stop_gradient(gradient)
    return gradient if "float64" in str(gradient.dtype) else ops.cast(gradient, "float32")


def _inner(optimizer: Any) -> Any:
    """The optimizer itself, where another one scales the loss for it."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _loss_scale(optimizer: Any) -> Any:
    """What the loss of the step that comes is multiplied with; None where it stays as it is."""
    one = ops.ones(())
    scale = optimizer.scale_loss(one)
    return None if scale is one else scale


def _learning_rate(optimizer: Any) -> Any:
    """The learning rate of the step that comes, as a tensor of its own; None for an optimizer of several others."""
    rate = getattr(_inner(optimizer), "learning_rate", None)  # a `MultiOptimizer` refuses to be asked
    return None if rate is None else ops.copy(ops.stop_gradient(ops.convert_to_tensor(rate)))


def _clipped(optimizer: Any, gradients: list[Any]) -> list[Any]:
    """The gradients as the optimizer clips them; None for each where it does not, or clips sums of several batches."""
    optimizer = _inner(optimizer)
    clips = any(getattr(optimizer, name, None) for name in ("clipnorm", "global_clipnorm", "clipvalue"))
    if not clips or getattr(optimizer, "gradient_accumulation_steps", None):
        return [None] * len(gradients)
    return list(optimizer._clip_gradients(gradients))  # Keras has no public name for it
