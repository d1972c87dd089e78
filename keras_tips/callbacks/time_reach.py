"""How much of the beginning of a sequence reaches the end of a recurrent layer, and whether it says anything there."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from keras_tips.callbacks.rows import Rows
from keras_tips.callbacks.view import view
from keras_tips.callbacks.watched_layers import inner_layers, place_of
from keras_tips.probes.probe import LayerStep
from keras_tips.probes.references import references
from keras_tips.records.facts import OutputFact, TimeReachFact

__all__ = ["time_reach"]

STEPS = 20  # of which a layer may forget the first half; a shorter way is no burden
MOST_ROWS = 256
RECURRENT = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU, keras.layers.RNN)


def time_reach(model: keras.Model, outputs: Sequence[OutputFact], rows: Rows) -> TimeReachFact | None:
    """Returns the fact "time_reach" of the first recurrent layer, or None where there is none, or no long sequence of numbers.

    The first half of each row is replaced by that of another row. How far this moves what the layer gives at the end, in
    deviations of it over the rows, is the reach: at most about 1, where only the first half counts; 0 for one that forgets it.

    Args:
        model: trained.
        outputs: the fact of that name.
        rows: of training; inputs of shape (rows, steps, features).
    """
    layer = next((layer for layer in inner_layers(model) if isinstance(layer, RECURRENT)), None)
    leaves = [np.asarray(leaf) for leaf in keras.tree.flatten(rows.x)]
    if layer is None or rows.y is None or len(leaves) != 1 or leaves[0].ndim != 3 or leaves[0].shape[1] < STEPS:
        return None
    (x,) = leaves
    half = x.shape[1] // 2
    few = x[:MOST_ROWS]
    other = np.concatenate([np.roll(few[:, :half], 1, axis=0), few[:, half:]], axis=1)
    ends = [
        _end(view(model, keras.tree.pack_sequence_as(rows.x, [each]), False).layers, place_of(layer)) for each in (few, other)
    ]
    whole, late = (references((each, rows.y), outputs) for each in (x, x[:, half:]))
    if ends[0] is None or ends[1] is None or not ends[0].std() > 0 or not whole or not late:
        return None
    moved = float(np.sqrt(np.mean((ends[0] - ends[1]) ** 2) / 2) / np.sqrt(np.mean(ends[0].var(axis=0))))
    scores = (whole[0]["linear_held_out"], late[0]["linear_held_out"], whole[0]["constant"])
    return TimeReachFact(layer=layer.name, steps=x.shape[1], reach=moved, whole=scores[0], late=scores[1], constant=scores[2])


def _end(layers: Mapping[str, LayerStep], place: str) -> np.ndarray | None:
    """What the layer gave last, shape (rows, units)."""
    if place not in layers:
        return None
    outputs = np.asarray(layers[place].outputs, "float64")
    return outputs[:, -1] if outputs.ndim == 3 else outputs
