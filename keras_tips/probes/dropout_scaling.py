"""Whether dropout is scaled right: the whole look at one model and one batch."""

import math
from typing import Any

import keras

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.probes.dropout_calls import Call, Flags, forced, recorded_calls
from keras_tips.probes.dropout_draws import Gains, measured_gains
from keras_tips.probes.dropout_layers import DropoutLayer, dropout_inside, dropout_layers
from keras_tips.probes.dropout_outputs import Measured, mean_over_all_masks, output_means, outputs_of
from keras_tips.probes.dropout_verdict import verdict_of
from keras_tips.probes.variance_shift import found_normalizations, measuring, shift_of
from keras_tips.probes.without_trace import without_trace
from keras_tips.records.dropout_scaling import DropoutCall, DropoutScaling, OutputMean, VarianceShift

__all__ = ["DRAWS", "FEWEST_DRAWS", "dropout_scaling"]

DRAWS = 64  # standard errors an eighth of what one mask gives
FEWEST_DRAWS = 16  # a standard error from fewer is itself known too badly for 5 of them to mean what they should


def dropout_scaling(model: keras.Model, x: Any, draws: int = DRAWS, flags: Flags | None = None) -> DropoutScaling:
    """Returns what dropout does in a model on the inputs `x`; nothing of the model is changed.

    Args:
        model: built; it need not be compiled.
        x: inputs as for `model.predict`: an array, or a list or dict of arrays, with some rows.
        draws: how many masks are drawn where there are too many to go through all.
        flags: layers' ids to the `training` they were seen to receive in a real training step.

    Raises:
        ValueError: `model` is no built Keras model, `draws` no whole number of at least 16, or `x` no inputs.

    Example:

    >>> import keras, numpy as np
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5, name="drop"), keras.layers.Dense(1)])
    >>> found = dropout_scaling(model, np.ones((4, 3), "float32"))
    >>> found.layers[0].ratio, found.layers[0].method, found.ok
    (1.0, 'all 8 masks', True)
    """
    if not isinstance(model, keras.Model):
        raise invalid("model", "a keras.Model", model)
    if not model.built:
        raise invalid("model", "a built model", model.name, "Call it on a batch first, or give it a keras.Input.")
    draws = check_integer("draws", draws, low=FEWEST_DRAWS)
    leaves = keras.tree.flatten(x)
    if not leaves or not all(getattr(leaf, "shape", None) and leaf.shape[0] for leaf in leaves):
        raise invalid("x", "inputs with rows, as for model.predict", type(x).__name__)
    dropouts = dropout_layers(model)
    missed = dropout_inside(model)
    if not dropouts:
        return DropoutScaling(not_measured=tuple(missed))
    with without_trace(model):
        return _looked_at(model, keras.tree.map_structure(keras.ops.convert_to_tensor, x), dropouts, missed, draws, flags)


def _looked_at(
    model: keras.Model, x: Any, dropouts: list[DropoutLayer], missed: list[tuple[str, str]], draws: int, flags: Flags | None
) -> DropoutScaling:
    calls = recorded_calls(model, x, dropouts, flags)
    found = [measured_gains(call, draws) for call in calls]
    layers = tuple(_entry(call, each) for call, each in zip(calls, found, strict=True))
    met = {id(call.dropout.layer) for call in calls}
    missed = missed + [(each.place, "the model does not call it") for each in dropouts if id(each.layer) not in met]
    missed += [(each.place, each.message) for each in layers if each.verdict in ("not_judged", "unclear")]
    measured = [(call, None if isinstance(each, str) else each) for call, each in zip(calls, found, strict=True)]
    reason = _no_single_pass(measured)
    if reason:
        return DropoutScaling(layers, not_measured=(*missed, ("outputs", reason)))
    outputs, normalizations = _effects(model, x, measured, draws)
    return DropoutScaling(layers, normalizations, outputs, tuple(missed))


def _no_single_pass(measured: Measured) -> str:
    """Why there is nothing to compare with at the outputs; "" where there is."""
    if any(gains is not None and gains.varies_at_inference for _, gains in measured):
        return "dropout is active at inference, so there is no single pass to compare with"
    if any(call.skipped for call, _ in measured):
        return "at inference the model does not come past its dropout, which cannot be switched on by itself"
    return ""


def _effects(
    model: keras.Model, x: Any, measured: Measured, draws: int
) -> tuple[tuple[OutputMean, ...], tuple[VarianceShift, ...]]:
    """What dropout does to the outputs, and to batch normalizations. Everything else acts as at inference."""
    active = [call for call, gains in measured if gains is not None and gains.varies]
    if not active:
        return (), ()
    with found_normalizations(model, active) as moments:
        single = outputs_of(model, x)
    passes = []
    for _ in range(draws):
        with measuring(moments), forced(active, lambda call, draw: draw()):
            passes.append(outputs_of(model, x))
    exact = mean_over_all_masks(model, x, measured)
    return output_means(model, single, passes, exact), tuple(shift_of(each) for each in moments)


def _entry(call: Call, found: Gains | str) -> DropoutCall:
    dropout = call.dropout
    kind = type(dropout.layer).__name__
    if isinstance(found, str):
        nothing = (math.nan,) * 2
        return DropoutCall(
            call.place, kind, dropout.rate, *nothing, dropout.expected, *nothing, math.nan, "", "not_judged", found
        )
    verdict, message = verdict_of(dropout, found, call.training)
    method = f"all {found.masks} masks" if found.masks else f"{found.draws} draws"
    return DropoutCall(
        place=call.place,
        kind=kind,
        rate=dropout.rate,
        ratio=found.ratio,
        error=found.error,
        expected=dropout.expected,
        training_gain=found.training,
        inference_gain=found.inference,
        dropped=found.dropped,
        method=method,
        verdict=verdict,
        message=message,
    )
