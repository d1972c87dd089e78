"""Rule: the signal grows or shrinks layer by layer from the start."""

import math
from collections.abc import Sequence

from keras_tips.doctor.attainment import behind_on_validation
from keras_tips.doctor.initial_signal import HE, ODD, RECTIFIERS, SMALL, Stretch, stretches_of
from keras_tips.doctor.layer_graph import LINEAR, layer_graph
from keras_tips.doctor.looks import first_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["initialization_scale"]

# The curvature of the loss grows with the square of the factor between input and output, and the largest stable learning
# rate falls with it: a thousandfold at 30. The same mark as for inputs that are too large, whose effect is the same.
LARGE = 30.0  # root mean square before an activation, over that of the input or of the last normalization
# At four deviations more than half of the values lie beyond 2, where tanh and the sigmoid have lost 90 % and 60 % of
# their slope, and nothing but small weights brings them back.
SATURATING = 4.0  # the same, before a hidden layer that saturates
SATURATED = 0.5  # share of outputs at the borders that confirms it, where it was measured
CAUSES = (
    *("learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient"),
    *(
        "depth_degradation",
        "learning_rate_too_low",
        "oscillating_loss",
        "plateau",
        "saddle_point",
        "local_minimum",
        "undertrained",
    ),
)


@rule(stage="setup", explains=CAUSES)
def initialization_scale(run: Run) -> tuple[Finding, ...] | Missing:
    """The initial kernels make the signal grow or shrink from layer to layer.

    What it finds:
        Freshly drawn kernels whose gains multiply to far more or far less than 1 between the input, or the last
        normalization, and some layer; and hidden tanh or sigmoid layers that are saturated by them from the start.

    Why it hurts:
        Logits of a hundred make the first loss and its gradients enormous and saturate what can saturate; a signal that
        fades is the same for every input, and so does the gradient on its way back.

    Evidence:
        The gain of a kernel, its deviation times the square root of its fan-in: about 1 to 1.4 keeps the size. Root mean
        squares of what layers gave before the first step, where they were seen, in place of the factor that is expected.

    Threshold:
        A product above 30 or below 1/100, of which the kernels by themselves make at least half, in orders of magnitude; or one
        above 4 before a hidden layer that saturates, with a gain of at least twice He's. Warning where training suffers or was
        not seen yet, or a simple predictor is far better on validation rows; else info. Info too where each kernel by itself
        is within a factor of 2 of what keeps the size: then it is the number of layers.

    Remedy:
        He's initialization for ReLU and its kin, Glorot's for others; batch normalization.

    False alarms:
        Kernels that were trained before: that their initializer did not draw, and whose biases, if any, are not zero. Whatever
        lies behind a normalization, embeddings, recurrent layers, and small output kernels. Biases and inputs of odd size are
        other ailments.

    References:
        Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010. He, Zhang, Ren, Sun:
        Delving Deep into Rectifiers, 2015.
    """
    graph = layer_graph(run)
    if graph is None:
        return Missing("needs the layers")
    stretches = stretches_of(run, graph)
    if not stretches:
        return Missing("needs kernels that were not trained before")
    large = [each for each in stretches if each.size > LARGE and each.kernels > math.sqrt(LARGE)]
    large += [each for each in stretches if each not in large and graph.hidden(each.layer) and _saturates(run, each)]
    faded = [each for each in stretches if each.size < SMALL and each.kernels < math.sqrt(SMALL)]
    small = [each for each in faded if graph.hidden(each.layer)]  # small outputs are a good start
    if not large and not small:
        return ()
    return (_finding(run, stretches, large or small, bool(large)),)


def _saturates(run: Run, stretch: Stretch) -> bool:
    """Whether a kernel drives a layer to its borders from the start."""
    layer = stretch.layer
    if layer["activation"] in (*LINEAR, *RECTIFIERS, "softmax") or stretch.size < SATURATING or stretch.gain < ODD * HE:
        return False
    share = first_look(run, "activation_saturation", layer["path"])
    return layer["activation"] in ("tanh", "sigmoid", "hard_sigmoid", "hard_tanh") and (share is None or share >= SATURATED)


def _finding(run: Run, stretches: Sequence[Stretch], sick: Sequence[Stretch], large: bool) -> Finding:
    state = suffering(run)
    worst = max(sick, key=lambda each: each.size if large else -each.size)
    strange = [each for each in stretches if (each.oddness > ODD if large else each.oddness < 1 / ODD)]
    odd = sorted(strange or list(sick), key=lambda each: -each.oddness if large else each.oddness)
    gain, name = odd[0].gain, odd[0].layer["name"]
    text = (
        f"The initial kernels make the signal before the activation of {worst.layer['name']} {worst.size:.2g} times that "
        f"of the input or the last normalization; {name} has a gain of {gain:.2g}, and {odd[0].usual:.2g} keeps the size"
    )
    evidence = {"signal": worst.size, "gain": gain, "layers": float(len(odd))}
    rectified = sum(each.layer["activation"] in RECTIFIERS for each in stretches)
    first, second = ("he_initialization", "glorot_initialization")[:: 1 if rectified else -1]
    names = tuple(each.layer["name"] for each in odd)
    tips = (first, second, "batch_normalization")
    if not strange:  # it takes all these layers to make the signal so
        text += f"; by itself each of the {len(stretches)} kernels is about as usual"
        return Finding("initialization_scale", "info", "setup", text + state.ending(), names, evidence, tips, 0.6)
    severity, ending = state.severity(), state.ending()
    if not state.poor and behind_on_validation(run):  # large random features know their rows by heart
        severity, ending = "warning", "; a simple predictor of the same rows beats the network on validation rows."
    return Finding("initialization_scale", severity, "setup", text + ending, names, evidence, tips, 0.85)
