"""Rule: inputs far too large, far too small, or features of very different scale."""

import math
from collections.abc import Sequence

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import first_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.went_well import went_well
from keras_tips.records.facts import InputFact, LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["inputs_not_scaled"]

# Initializers are made for inputs of about unit size. The curvature of the loss in the first layer, and with it the inverse
# of the largest stable learning rate, grows with the square of the inputs' size: a thousandfold at 30. Z-scored data and
# coordinates of a few units stay far below it; raw pixels of 0 to 255 lie at about 100.
LARGE = 30.0  # root mean square of all entries
# The gradient of the first kernel shrinks with the inputs: a hundred times smaller than for inputs that reach 1. The largest
# magnitude is what counts, so that sparse inputs, of which hardly any entry differs from 0, are healthy.
SMALL = 0.01  # largest absolute value
# The condition number of the first layer is the square of this ratio, so 10 000: gradient descent needs about that many
# steps along the flattest direction (LeCun et al., Efficient BackProp, 1998), and many trainings have fewer.
DOMINATES = 100.0  # size of the largest feature over that of the middle one

NORMALIZING = ("Normalization", "Rescaling", "MinMaxScaling", "PCAWhitening", "Discretization", "CategoryEncoding")
SCALING = ("Normalization", "Rescaling", "MinMaxScaling")  # without changing what numbers mean
# These divide by the square root of variance + epsilon, 0.001 in Keras: a scale of 0.03, below which they cancel nothing.
WITH_EPSILON = ("BatchNormalization", "LayerNormalization", "GroupNormalization")
# What leaves the scale of its input as it is. Anything else without weights may scale, so it is not judged behind that.
SCALE_KEEPING = (
    *("InputLayer", "Flatten", "Reshape", "Permute", "RepeatVector", "Masking", "Identity", "Concatenate", "Cast"),
    *("Dropout", "Noise", "Padding", "Cropping", "Crop", "Pooling", "UpSampling", "Resizing", "Random", "Transpose"),
    *("ExpandDims", "Squeeze", "GetItem"),
)
CAUSES = (
    *("initialization_scale", "saturated_units", "dead_units", "exploding_gradient", "vanishing_gradient", "loss_not_finite"),
    *("learning_rate_too_high", "learning_rate_too_low", "oscillating_loss", "plateau", "undertrained"),
)


AUTOMATIC = ("keras_tensor", "input_layer")  # names that Keras gives and no user knows


@rule(stage="setup", explains=CAUSES)
def inputs_not_scaled(run: Run) -> tuple[Finding, ...] | Missing:
    """The inputs are far too large, far too small, or of very different scale from feature to feature.

    What it finds:
        Inputs that reach the first weights as they are, without a layer that normalizes, at a size no initializer is made for.

    Why it hurts:
        Large inputs saturate sigmoid and tanh units and make the learning rate that is stable tiny; small ones hide behind the
        biases; features of different scale make a long, narrow valley of the loss in which gradient descent zigzags.

    Evidence:
        Minimum, maximum, root mean square of the training inputs, and the size of each feature; for features that are never
        negative the size of their entries other than 0, so that a rare word or a border pixel is not taken for a small one.

    Threshold:
        One feature 100 times larger than the middle one; root mean square above 30; or largest magnitude below 0.01. Warning;
        info where training left less than a quarter of what there is to learn nonetheless, and where a normalization stands
        right behind the first weights, which cancels a size, though not a mixture of sizes. Behind a layer that scales, the
        same of what it gives, and whether that deviates by less than a hundredth of its mean: a layer that was never adapted,
        or that scales what was scaled before, is found.

    Remedy:
        Scale with numbers from the training rows only: to zero mean and unit deviation, or to [-1, 1].

    False alarms:
        Z-scored data, [0, 1], [-1, 1], one-hot and sparse rows, tokens that are embedded, and inputs behind BatchNormalization,
        or behind Normalization and Rescaling that work, are healthy, but for inputs so small that the epsilon of the first
        hides them. None of 40 healthy programs was flagged.

    References:
        LeCun, Bottou, Orr, Mueller: Efficient BackProp, 1998, section 4.3.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    inputs: list[InputFact] | None = checked_fact(run, "inputs")
    if layers is None or inputs is None:
        return Missing("needs the layers and the training inputs")
    first = _first_weights(layers)
    if first is None:
        scaled = _scaled_in_vain(run, layers, inputs)
        return () if scaled is None else (scaled,)
    tamed, small_only = _normalized_behind(layers[first:]), _has_epsilon(layers[first])
    judged = [fact for fact in inputs if not fact["embedded"] and (not small_only or _peak(fact) < SMALL)]
    findings = (_finding(run, fact, layers[first]["name"], tamed) for fact in judged)
    return tuple(finding for finding in findings if finding is not None)


def _scaled_in_vain(run: Run, layers: Sequence[LayerFact], inputs: Sequence[InputFact]) -> Finding | None:
    """A layer at the input that is there to scale, and gives numbers that are far too large or too small nonetheless."""
    reads = (number for number, layer in enumerate(layers) if layer["parameters"] and layer["kind"] not in SCALING)
    scaling = [layer for layer in layers[: next(reads, len(layers))] if layer["kind"] in SCALING]
    if len(inputs) != 1 or not scaling:
        return None
    layer, before = scaling[-1], math.hypot(inputs[0]["mean"], inputs[0]["deviation"])
    mean, deviation = (first_look(run, f"activation_{name}", layer["path"]) for name in ("mean", "deviation"))
    if mean is None or deviation is None or not before > 0:
        return None
    size = math.hypot(mean, deviation)
    peak = _peak(inputs[0]) * size / before  # as large as it was, if all numbers shrink alike
    if size > LARGE:
        problem = f"far too large: their root mean square is {size:.3g}"
    elif 0 < peak < SMALL:
        problem = f"far too small: none is larger than about {peak:.2g}"
    elif 0 < deviation < SMALL * abs(mean):
        problem = f"as good as all the same: they deviate by {deviation:.2g} from {mean:.3g}"
    else:
        return None
    message = f"The inputs are {problem} behind {layer['name']}, which is there to scale them ({before:.3g} before)"
    evidence = {"root_mean_square": size, "root_mean_square_before": before, "deviation": deviation}
    severity, end_of_it = ("info", ", but training went well nonetheless.") if went_well(run) else ("warning", ".")
    return Finding(
        "inputs_not_scaled", severity, "setup", message + end_of_it, (layer["name"],), evidence, ("scale_inputs",), 0.85
    )


def _has_epsilon(layer: LayerFact) -> bool:
    return any(kind in layer["kind"] for kind in WITH_EPSILON)


def _peak(fact: InputFact) -> float:
    return max(abs(fact["minimum"]), abs(fact["maximum"]))


def _first_weights(layers: Sequence[LayerFact]) -> int | None:
    """The place of the first layer with weights, or None where something before it may have scaled the inputs."""
    for number, layer in enumerate(layers):
        if layer["kind"] == "Embedding":
            continue  # it takes tokens; the other inputs go by
        if any(part in layer["kind"] for part in NORMALIZING) and not _has_epsilon(layer):
            return None
        if layer["parameters"] or _has_epsilon(layer):
            return number
        if not any(part in layer["kind"] for part in SCALE_KEEPING):
            return None
    return None


def _normalized_behind(layers: Sequence[LayerFact]) -> bool:
    """Whether a normalization follows before anything that saturates: it cancels the size of the inputs, as a whole."""
    for number, layer in enumerate(layers):
        if "Normalization" in layer["kind"]:
            return True
        if number and layer["parameters"]:
            return False
        if layer["activation"] not in (None, "linear", "relu", "leaky_relu"):
            return False
    return False


def _finding(run: Run, fact: InputFact, layer: str, tamed: bool) -> Finding | None:
    size = math.hypot(fact["mean"], fact["deviation"])
    peak, dominance = _peak(fact), _dominance(fact)
    if dominance > DOMINATES:
        problem = f"are of very different scale: the largest feature is {dominance:.2g} times larger than the middle one"
    elif size > LARGE:
        problem = f"are far too large: their root mean square is {size:.3g}"
    elif 0 < peak < SMALL:
        problem = f"are far too small: none is larger than {peak:.2g}"
    else:
        return None
    name = "" if fact["name"].startswith(AUTOMATIC) else f" {fact['name']!r}"
    message = f"The inputs{name} {problem} (values from {fact['minimum']:.3g} to {fact['maximum']:.3g})"
    evidence = {"root_mean_square": size, "minimum": fact["minimum"], "maximum": fact["maximum"], "dominance": dominance}
    if went_well(run):
        severity, message = "info", f"{message}, but training went well nonetheless."
    elif tamed and size > LARGE and dominance <= DOMINATES:
        # Inputs times ten with weights as they are: what comes out is the same, and even the gradient is, as it is divided too.
        severity, message = "info", f"{message}, but a normalization behind the first weights cancels that."
    else:
        severity, message = "warning", f"{message}."
    return Finding("inputs_not_scaled", severity, "setup", message, (layer,), evidence, ("scale_inputs",), 0.9)


def _dominance(fact: InputFact) -> float:
    """Size of the largest feature over that of the middle one, of two over the smaller; constant features do not count."""
    count = min(len(fact["feature_mean"]), len(fact["feature_deviation"]))
    mean, deviation = (np.abs(np.array(fact[name][:count], "float64")) for name in ("feature_mean", "feature_deviation"))
    varying = np.isfinite(mean) & np.isfinite(deviation) & (deviation > 1e-6 * mean) & (deviation > 0)
    mean, deviation = mean[varying], deviation[varying]
    if len(mean) < 2:
        return 1.0
    sizes = np.sort(_sizes(mean, deviation, fact["minimum"] >= 0))
    return float(sizes[-1]) / max(float(sizes[(len(sizes) - 1) // 2]), np.finfo("float64").tiny)


def _sizes(mean: np.ndarray, deviation: np.ndarray, never_negative: bool) -> np.ndarray:
    """Typical magnitude of the entries of each feature.

    Of numbers that are never negative, E[x^2] / E[x]: the mean of those that are not zero, weighted by their size. A
    feature that is 1 in one row of a million has size 1 by it, while its root mean square is 0.001.
    """
    size = np.hypot(mean, deviation)
    rare = size * (size / np.where(mean > 0, mean, size))
    # 0 and 1 only: there E[x^2] = E[x], whatever else the inputs hold.
    binary = np.isclose(deviation**2, mean * (1 - mean), rtol=1e-3)
    sizes = rare if never_negative else np.where(binary, 1.0, size)
    return np.nan_to_num(sizes, nan=1.0, posinf=np.finfo("float64").max)
