"""Layers that everything has to pass, and that are too narrow for the classes that a linear readout should tell apart."""

from collections.abc import Iterable, Sequence

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.every_path import every_path
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.records.facts import LayerFact
from keras_tips.records.run import Run

__all__ = ["classes_of", "hidden_layers", "narrow_layers"]

# A softmax over C classes has C - 1 free numbers. With half as many in front of it, some classes lie between others, and can be
# told apart only along curves that a linear last layer does not draw.
NARROW = 0.5  # width over the number of classes less 1


def classes_of(run: Run) -> int:
    """Returns how many classes the only target has; 0 where there are several targets, or none with classes."""
    pairs = paired_outputs(run)
    target = pairs[0][1] if len(pairs) == 1 else None
    return (target["classes"] or 0) if target is not None else 0


def hidden_layers(layers: Iterable[LayerFact]) -> list[LayerFact]:
    """Returns the layers with kernels that do not end the model."""
    return [layer for layer in layers if layer["fan_in"] and not layer["output"] and "Normalization" not in layer["kind"]]


def narrow_layers(run: Run) -> list[str]:
    """Returns the names of narrow hidden layers whose outputs a linear readout was tried on, in the order of the data."""
    layers: Sequence[LayerFact] = checked_fact(run, "layers") or ()
    classes, passed = classes_of(run), every_path(layers)
    if classes < 3:
        return []
    return [
        layer["name"]
        for layer in hidden_layers(layers)
        if layer["units"] is not None
        and layer["units"] <= NARROW * (classes - 1)
        and layer["name"] in passed
        and last_look(run, "linear_score", layer["path"]) is not None
    ]
