"""The kernel of a layer as training finds it: how large, whether its units differ, whether it is as it was drawn.

Of an embedding, which has a table and no kernel, only the last.
"""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

__all__ = ["KernelStart", "frozen_by_hand", "kernel_start"]

ENTRIES = 1_000_000  # of a kernel that are looked at: the deviation is exact to a thousandth then
SURE = 5.0  # standard errors within which a drawn kernel's figures lie
FEWEST = 30  # entries of which neighbours are compared
SLACK = 0.02  # relative; initializers round, and truncate normal distributions at two deviations
# A normal distribution cut at two deviations has this share of its deviation left.
TRUNCATED = 0.87962566103423978


@dataclass(frozen=True)
class KernelStart:
    """What `kernel_start` found; None where there is no kernel, or it cannot be told.

    Attributes:
        fan_in: inputs of one unit.
        fan_out: units that one input reaches.
        deviation: of the entries.
        identical: whether all units are alike, kernel and bias; of a recurrent layer also what they make of each other.
        fresh: whether mean and deviation are those that the layer's own initializer draws.
        bias_mean: mean of the bias.
    """

    fan_in: int | None = None
    fan_out: int | None = None
    deviation: float | None = None
    identical: bool = False
    fresh: bool | None = None
    bias_mean: float | None = None


def kernel_start(layer: Any) -> KernelStart:
    """Returns what is known of a layer's `kernel` and `bias`.

    >>> layer = keras.layers.Dense(4, kernel_initializer="zeros")
    >>> layer.build((None, 3))
    >>> kernel_start(layer).identical, kernel_start(layer).fan_in
    (True, 3)
    """
    if not getattr(layer, "built", False) or not isinstance(layer, keras.layers.Layer):
        return KernelStart()
    holder = getattr(layer, "cell", layer)  # a recurrent layer's weights are in its cell
    kernel, bias, table = (_variable(holder, name) for name in ("kernel", "bias", "embeddings"))
    if kernel is None and table is not None and len(table.shape) == 2:
        return KernelStart(fresh=_as_drawn(getattr(holder, "embeddings_initializer", None), _host(table)))
    if kernel is None and (own := frozen_by_hand(layer)) is not None:
        return KernelStart(fresh=_random(_host(own)))
    if kernel is None and (own := _own_dense(layer)) is not None:
        return KernelStart(identical=_identical(*own))
    if kernel is None or len(kernel.shape) < 2:
        return KernelStart()
    entries = _units_last(layer, _host(kernel))
    beside = None if bias is None else _host(bias)
    fan_in, fan_out = _fans(layer, tuple(map(int, kernel.shape)))
    deviation = float(np.std(entries, dtype="float64"))
    return KernelStart(
        fan_in,
        fan_out,
        deviation if math.isfinite(deviation) else None,
        _identical(entries, beside) if holder is layer else _identical_in_cell(holder, entries, beside),
        _fresh(getattr(holder, "kernel_initializer", None), entries, deviation, fan_in, fan_out)
        if _bias_as_drawn(holder, beside)
        else False,
        None if beside is None or not beside.size or not np.isfinite(beside).all() else float(beside.mean()),
    )


def _own_dense(layer: Any) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Kernel and bias of a layer of one's own whose weights look like those of a dense layer, whatever it calls them."""
    if str(type(layer).__module__).startswith("keras."):
        return None
    tables = [variable for variable in layer.trainable_variables if len(variable.shape) == 2]
    rows = [variable for variable in layer.trainable_variables if len(variable.shape) == 1]
    if len(tables) != 1 or len(tables) + len(rows) != len(layer.weights) or len(rows) > 1:
        return None
    if rows and rows[0].shape[0] != tables[0].shape[1]:
        return None
    return _host(tables[0]), _host(rows[0]) if rows else None


def frozen_by_hand(layer: Any) -> Any:
    """The largest table of weights of a layer of one's own that made all its weights so that nothing trains them, or None."""
    if (
        str(type(layer).__module__).startswith("keras.")
        or not isinstance(layer, keras.layers.Layer)
        or layer.trainable_variables
    ):
        return None
    tables = [variable for variable in getattr(layer, "_non_trainable_variables", ()) if len(variable.shape) > 1]
    tables = [table for table in tables if "float" in str(table.dtype)]
    return max(tables, key=lambda table: math.prod(table.shape), default=None)


def _random(table: np.ndarray) -> bool:
    """Whether entries lie around 0 and look independent of their neighbours, unlike waves, filters or codes of positions."""
    table = table.reshape(-1, table.shape[-1]).astype("float64")
    deviation = table.std()
    if min(table.shape) < 2 or table.size < FEWEST or not 0 < deviation < math.inf:
        return False
    error, centred = SURE / math.sqrt(table.size), table - table.mean()
    pairs = (centred[1:] * centred[:-1], centred[:, 1:] * centred[:, :-1])
    return bool(abs(table.mean()) < error * deviation) and all(abs(pair.mean()) < 1.5 * error * deviation**2 for pair in pairs)


def _as_drawn(initializer: Any, table: np.ndarray) -> bool | None:
    """Whether a table of embeddings is as it was drawn; ready-made ones are not, nor any that an initializer was given."""
    return _fresh(initializer, table, float(np.std(table, dtype="float64")), *table.shape)


def _variable(layer: Any, name: str) -> Any:
    """The variable of this name; a layer may call anything of its own `kernel`."""
    value = getattr(layer, name, None)
    return value if hasattr(value, "path") and hasattr(value, "shape") else None


def _host(variable: Any) -> np.ndarray:
    """The entries, of a large kernel those of its first rows."""
    value = variable.value
    units = int(value.shape[-1]) if len(value.shape) else 1
    if math.prod(value.shape) > 4 * ENTRIES and len(value.shape) > 1:
        value = keras.ops.reshape(value, (-1, units))[: max(1, ENTRIES // units)]
    return np.asarray(keras.ops.convert_to_numpy(value), "float32")


def _units_last(layer: Any, kernel: np.ndarray) -> np.ndarray:
    """The kernel as a table with one column per unit; a transposed convolution has its units on the last axis but one."""
    if "Transpose" in type(layer).__name__ and kernel.ndim > 2:
        kernel = kernel.swapaxes(-1, -2)
    return kernel.reshape(-1, kernel.shape[-1])


def _fans(layer: Any, shape: tuple[int, ...]) -> tuple[int, int]:
    receptive, (inputs, outputs) = math.prod(shape[:-2]), shape[-2:]
    if "Transpose" in type(layer).__name__ and len(shape) > 2:
        inputs, outputs = outputs, inputs
    if "Depthwise" in type(layer).__name__:
        return receptive, receptive * outputs
    return receptive * inputs, receptive * outputs


def _identical(kernel: np.ndarray, bias: np.ndarray | None) -> bool:
    if kernel.shape[1] < 2 or not kernel.size:
        return False
    alike = bool((kernel == kernel[:, :1]).all())
    return alike and (bias is None or not bias.size or bool((bias == bias.flat[0]).all()))


def _identical_in_cell(cell: Any, kernel: np.ndarray, bias: np.ndarray | None) -> bool:
    """The same of a recurrent cell: within each gate, units that read alike, themselves as the others do."""
    recurrent, units = _variable(cell, "recurrent_kernel"), getattr(cell, "units", None)
    if recurrent is None or not isinstance(units, int) or units < 2 or kernel.shape[1] % units:
        return False
    if tuple(recurrent.shape) != (units, kernel.shape[1]) or (bias is not None and bias.size % units):
        return False
    for table in (kernel, *(() if bias is None else (bias,))):
        gates = table.reshape(-1, units)  # gates lie one behind the other in a row
        if (gates != gates[:, :1]).any():
            return False
    rows = _host(recurrent)  # of a large cell the first units
    blocks = rows.reshape(len(rows), -1, units).swapaxes(0, 1)
    own = np.eye(len(rows), units, dtype=bool)
    return all((block[own] == block[0, 0]).all() and (block[~own] == block[0, 1]).all() for block in blocks)


def _bias_as_drawn(layer: Any, bias: np.ndarray | None) -> bool:
    """Whether a bias that starts at zero is there still: of a small kernel, mean and deviation tell little."""
    zeros = isinstance(getattr(layer, "bias_initializer", None), keras.initializers.Zeros)
    zeros = zeros and not getattr(layer, "unit_forget_bias", False)  # which starts some of an LSTM's at 1
    return bias is None or not zeros or not bias.any()


def _fresh(initializer: Any, kernel: np.ndarray, deviation: float, fan_in: int, fan_out: int) -> bool | None:
    expected = _drawn_deviation(initializer, fan_in, fan_out, kernel.shape[1])
    if expected is None or kernel.size < 2:
        return None
    if expected == 0:
        return deviation == 0
    if _uniform(initializer) and np.abs(kernel).max() > expected * math.sqrt(3) * (1 + SLACK):
        return False  # no draw goes beyond the bounds
    error = SURE / math.sqrt(kernel.size)
    mean, centre = float(np.mean(kernel, dtype="float64")), float(getattr(initializer, "mean", 0.0) or 0.0)
    return abs(deviation / expected - 1) < error + SLACK and abs(mean - centre) < error * expected


def _uniform(initializer: Any) -> bool:
    """Whether it draws from a uniform distribution around 0."""
    return getattr(initializer, "distribution", "") == "uniform"


def _drawn_deviation(initializer: Any, fan_in: int, fan_out: int, units: int) -> float | None:
    """Deviation of the entries that a Keras initializer draws; None for others."""
    kind = type(initializer).__name__
    if kind in ("Zeros", "Ones", "Constant"):
        return 0.0
    if kind == "RandomNormal":
        return float(initializer.stddev)
    if kind == "TruncatedNormal":
        return float(initializer.stddev) * TRUNCATED
    if kind == "RandomUniform":
        return float(initializer.maxval - initializer.minval) / math.sqrt(12)
    if kind == "Orthogonal":
        return float(initializer.gain) / math.sqrt(max(fan_in, units))
    if isinstance(initializer, keras.initializers.VarianceScaling):
        fan = {"fan_in": fan_in, "fan_out": fan_out}.get(initializer.mode, (fan_in + fan_out) / 2)
        return math.sqrt(initializer.scale / max(1.0, fan))
    return None
