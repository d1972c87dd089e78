"""On JAX, one compiled program for what a network gives: operation by operation, each would be compiled on its own.

That took a second of a first `fit`, and some 40 MB. The program is kept with Keras's train function, which has the same network
compiled into it, so that later looks, also in another `fit`, use it again.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import keras

from keras_tips.callbacks.freed_memory import hand_back_freed_memory
from keras_tips.callbacks.watched_layers import penalties_of, watched_layers
from keras_tips.probes.probe import LayerStep

__all__ = ["compiled_view", "compiles"]

PROGRAMS = "_keras_tips_views"
Seen = tuple[dict[str, LayerStep], list[Any], dict[str, Any]]


def compiles(model: keras.Model) -> bool:
    """Whether Keras compiles this model by JAX when it trains it."""
    jax = keras.backend.backend() == "jax"
    return jax and not getattr(model, "run_eagerly", False) and bool(getattr(model, "jit_compile", True))


def compiled_view(model: keras.Model, inputs: Any, training: bool) -> Seen:
    """Returns what layers gave to inputs, by their paths, what the model gave, flattened, and `penalties_of` it."""
    function = getattr(model, "train_function", None)
    programs = {} if function is None else vars(function).setdefault(PROGRAMS, {})
    if training not in programs:
        programs[training] = _program(model, training)
    return programs[training](inputs)


def _program(model: keras.Model, training: bool) -> Callable[[Any], Seen]:
    import jax

    variables = [*model.trainable_variables, *model.non_trainable_variables]
    kinds: dict[str, LayerStep] = {}  # what is known of each layer when the program is traced

    @jax.jit
    def program(values: Sequence[Any], inputs: Any) -> Any:
        scope = keras.StatelessScope(state_mapping=zip(variables, values, strict=True), collect_losses=True)
        with scope, watched_layers(model) as seen:
            said = model(inputs, training=training)
            added = penalties_of(model)
        kinds.update({path: replace(step, outputs=None, winners=None) for path, step in seen.items()})
        return {path: (step.outputs, step.winners) for path, step in seen.items()}, keras.tree.flatten(said), added

    def run(inputs: Any) -> Seen:
        first = not kinds
        layers, said, added = program([variable.value for variable in variables], inputs)
        if first:
            hand_back_freed_memory()
        steps = {path: replace(kinds[path], outputs=outputs, winners=winners) for path, (outputs, winners) in layers.items()}
        return steps, said, added

    return run
