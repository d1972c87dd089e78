"""How much of a layer is near the borders of its activation, where the derivative vanishes."""

from typing import Any

from keras import ops

from keras_tips.probes.probe import LayerStep, layer_probe

__all__ = ["activation_saturation"]

BORDERS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
# Share of the range that counts as near a border. There the derivative of sigmoid and tanh is below a fifth of its largest.
NEAR = 0.05


@layer_probe(unit="share", needs=("outputs", "activation"), cost="one pass over the outputs")
def activation_saturation(step: LayerStep) -> Any:
    """Share of the layer's outputs within a twentieth of the range from a border of its activation.

    For sigmoid, tanh, their hard forms and softsign; not measured for others. Through saturated units hardly any gradient
    passes: the derivative is below a fifth of its largest value there, and 0 at the border.
    """
    if step.activation not in BORDERS:
        return None
    low, high = BORDERS[step.activation]
    margin = NEAR * (high - low)
    near = ops.logical_or(step.outputs < low + margin, step.outputs > high - margin)
    return ops.mean(ops.cast(near, "float32"))
