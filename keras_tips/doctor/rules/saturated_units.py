"""Rule: sigmoid or tanh units at their borders for nearly all inputs."""

from keras_tips.doctor.attainment import attainment
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import first_look, last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.narrow_layers import narrow_layers
from keras_tips.doctor.rule import rule
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["saturated_units"]

# Four fifths. A tanh unit counts as near its border from a sum of 1.5 on, so this takes sums of deviation 6 and more, where an
# initializer makes them 1. Then less than two fifths of the gradient pass a layer: a fifth of the units with all of it,
# and the others with less than a fifth. Healthy tanh layers of trained classifiers stay at about a half.
SATURATED = 0.8  # share of the outputs within a twentieth of the range from a border
BORDERED = ("sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign", "soft_sign")
# Their gates decide what passes, and their outputs are products: a share near a border says nothing of them.
RECURRENT = ("LSTM", "GRU", "RNN", "Bidirectional", "Recurrent")
CAUSES = (
    *("vanishing_gradient", "depth_degradation", "capacity_too_low", "learning_rate_too_low", "plateau", "saddle_point"),
    *("local_minimum", "undertrained"),
)


@rule(stage="training", explains=CAUSES)
def saturated_units(run: Run) -> tuple[Finding, ...] | Missing:
    """Hidden sigmoid or tanh units stand at their borders for nearly all inputs, where they have no slope to learn from.

    What it finds:
        Hidden layers with an activation that has borders, of which nearly all outputs are at one, in a run that suffers.

    Why it hurts:
        Near the border the derivative is close to 0, and the gradient with it. The layer answers nearly alike to inputs that
        differ, and it takes very many steps to get it back to where it bends.

    Evidence:
        Per layer, the share of outputs within a twentieth of the range from a border, in the first look and in the last; what
        training learned next to a constant prediction and to simple predictors.

    Threshold:
        Four fifths of a layer's outputs near a border, and a training that learned 0.15 of everything less than a simple
        predictor does for rows it never saw: warning. Info before training, and where training went well all the same.

    Remedy:
        Scale the inputs, and initialize for the activation, so that the sums are of about unit size; or take ReLU.

    False alarms:
        Outputs of a classifier are near 0 and 1 where it is sure, and healthy: the output layer is not looked at, and neither
        are recurrent layers, whose gates open and close on purpose.

    References:
        Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010. LeCun, Bottou, Orr,
        Mueller: Efficient BackProp, 1998, section 4.4.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    hidden = [layer for layer in layers if _hidden(run, layer)]
    if hidden and "activation_saturation" not in run.quantities:
        return Missing("needs the share of outputs near a border of their activation")
    shares = [(last_look(run, "activation_saturation", layer["path"]) or 0.0, layer) for layer in hidden]
    stuck = sorted((pair for pair in shares if pair[0] >= SATURATED), key=lambda pair: -pair[0])
    return (_finding(run, stuck),) if stuck else ()


def _hidden(run: Run, layer: LayerFact) -> bool:
    """Whether the layer has borders and is neither recurrent nor the end of the model."""
    ends = {output["layer"] for output in checked_fact(run, "outputs") or ()}
    recurrent = any(part in layer["kind"] for part in RECURRENT)
    return layer["activation"] in BORDERED and not (recurrent or layer["output"] or layer["name"] in ends)


def _finding(run: Run, stuck: list[tuple[float, LayerFact]]) -> Finding:
    (share, worst), learned = stuck[0], attainment(run)
    start = first_look(run, "activation_saturation", worst["path"])
    start = share if start is None else start
    from_the_start = start >= SATURATED
    since = "from the start" if from_the_start else f"at first {start:.0%}"
    # Units that are too few for the classes are driven to their borders by what they cannot tell apart.
    narrow = set(narrow_layers(run)).issuperset(layer["name"] for _, layer in stuck)
    poor = learned is not None and learned.poor and not narrow
    effect = "" if learned is None else f"; {learned}"
    message = f"{share:.0%} of the outputs of {worst['name']} are near a border of its {worst['activation']} ({since}){effect}."
    evidence = {"saturation": share, "saturation_at_first": start, "layers": len(stuck)}
    if learned is not None:
        evidence["learned"] = learned.learned
    early, late = ("scale_inputs", "glorot_initialization", "relu"), ("lower_learning_rate", "batch_normalization", "relu")
    names = tuple(layer["name"] for _, layer in stuck)
    sure = 0.5 + 1.5 * (min(1.0, share) - SATURATED) if poor else 0.5
    tips = early if from_the_start else late
    return Finding("saturated_units", "warning" if poor else "info", "training", message, names, evidence, tips, sure)
