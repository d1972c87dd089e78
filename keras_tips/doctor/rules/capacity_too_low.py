"""Rule: the network cannot fit even one batch, or its bottleneck forbids the task."""

from collections.abc import Sequence

import numpy as np

from keras_tips.doctor.attainment import Attainment, attainment, gain, reconstructs
from keras_tips.doctor.augments import augments
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.descent_time import descent_time
from keras_tips.doctor.every_path import every_path
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import missing_signal
from keras_tips.doctor.narrow_layers import classes_of, hidden_layers, narrow_layers
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import LayerFact, OneBatchFact, ReferenceFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["capacity_too_low"]

# A network that is wide enough learns a single batch by heart, and gets to 1. What stays below a half did not.
ONE_BATCH = 0.5  # share of what there is to learn in one batch
# More than a readout loses by the luck of which rows it is fitted to, several times over.
LOSS = 0.2  # of the share of what there is to learn that a linear readout finds before the layer and no more behind it
# What a linear model scores on the rows it was fitted to, and a network that is one: closer than this they are alike.
ALIKE = 0.1  # share of what there is to learn
# Three lines cut a plane into seven pieces at most; to close off a region of it takes all three.
FEW = 3  # units
EPOCHS = 6  # with fewer, a third of them is no rest
REST = 0.03  # share of the reference loss that the last third of the epochs brought


@rule(stage="training", explains=("learning_rate_too_low", "plateau", "saddle_point", "local_minimum", "undertrained"))
def capacity_too_low(run: Run) -> tuple[Finding, ...] | Missing:
    """The network is too small for the task: it cannot fit even one batch, or one narrow layer holds everything back.

    What it finds:
        A network that does not learn one batch by heart; a narrow layer that everything passes, before which a linear readout
        finds the classes and behind which it does not; a network without hidden layers, where the task is not linear.

    Why it hurts:
        What a network cannot represent it does not learn, however long it trains.

    Evidence:
        A copy of the network trained on one batch alone; the widths of layers, and what a linear readout of their outputs
        scores; what linear and nearest-neighbour predictors make of the raw inputs.

    Threshold:
        In a training that learned 0.15 of everything less than a simple predictor does for rows it never saw: less than
        half of one batch was learned; or a layer at most half as wide as the classes less 1, and a fifth of everything lost to
        a linear readout there; or no hidden layer with weights, and the score of a linear model; or a layer of three units at
        most, behind which a linear readout still scores a fifth less than a simple predictor, in a training at rest. Warning.

    Remedy:
        More units in the narrowest layer, or one more hidden layer.

    False alarms:
        The bottleneck of an autoencoder is meant. One unit in front of a single number is wide enough. Narrow side branches,
        such as gates, let everything else pass. A network that augments its rows never sees the same batch twice.

    References:
        Karpathy: A Recipe for Training Neural Networks, 2019 (overfit one batch). Goodfellow, Bengio, Courville: Deep Learning,
        2016, section 5.2.
    """
    if missing_signal(run) is not None:
        return ()  # there is nothing to be learned, by whatever training
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    learned = attainment(run)
    if layers is None or learned is None:
        return Missing("needs the layers, and what training learned")
    if not learned.poor or reconstructs(run):
        return ()
    finding = _bottleneck(run, layers, learned) or _one_batch(run, layers, learned)
    finding = finding or _linear(run, layers) or _few_units(run, layers, learned)
    return () if finding is None else (finding,)


def _bottleneck(run: Run, layers: Sequence[LayerFact], learned: Attainment) -> Finding | None:
    """A narrow layer behind which a linear readout finds much less than before it."""
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    narrow = narrow_layers(run)
    if len(references) != 1 or not narrow:
        return None
    constant, before, found = references[0]["constant"], references[0]["linear_held_out"], []
    for layer in hidden_layers(layers):
        score = last_look(run, "linear_score", layer["path"])
        if score is None:
            continue
        lost = gain(before, constant) - gain(score, constant)
        if layer["name"] in narrow and lost > LOSS:
            found.append((lost, before, score, layer))
        before = max(before, score)
    if not found:
        return None
    lost, before, score, layer = max(found, key=lambda entry: entry[0])
    classes = classes_of(run)
    message = (
        f"Everything has to pass the {layer['units']} units of {layer['name']}, for {classes} classes: a linear readout scores "
        f"{before:.2f} before it and {score:.2f} behind it; {learned}."
    )
    evidence = {"units": layer["units"] or 0, "classes": classes, "score_before": before, "score_behind": score}
    evidence["learned"] = learned.learned
    return _finding(message, (layer["name"],), evidence, 0.6 + 0.35 * min(1.0, lost))


def _one_batch(run: Run, layers: Sequence[LayerFact], learned: Attainment) -> Finding | None:
    """A copy that could not learn one batch by heart, although gradients reach its weights."""
    batch: OneBatchFact | None = checked_fact(run, "one_batch")
    if batch is None or batch["score"] is None or not np.isfinite([batch["score"], batch["last_loss"]]).all():
        return None
    share = gain(batch["score"], batch["constant"] or 0.0)
    if any(augments(layer) for layer in layers):
        return None  # it never saw the same batch twice
    if not share < ONE_BATCH or not _gradients_flow(run, layers):
        return None
    hidden = hidden_layers(layers)
    narrowest = min(hidden, key=lambda layer: layer["units"] or 0, default=None)
    message = (
        f"A copy of the network, trained on {batch['rows']} rows alone, scores only {batch['score']:.2f} on them after "
        f"{batch['steps']} steps, and its loss went from {batch['first_loss']:.3g} to {batch['last_loss']:.3g}; {learned}."
    )
    evidence = {"one_batch_score": batch["score"], "one_batch_loss": batch["last_loss"], "learned": learned.learned}
    return _finding(message, () if narrowest is None else (narrowest["name"],), evidence, 0.6)


def _gradients_flow(run: Run, layers: Sequence[LayerFact]) -> bool:
    """Whether every layer whose gradient is known had one other than 0."""
    known = [run.values("gradient_norm", path) for layer in layers if layer["fan_in"] for path in layer["variables"][:1]]
    known = [values[np.isfinite(values)] for values in known if len(values)]
    return all(values.any() for values in known)


def _linear(run: Run, layers: Sequence[LayerFact]) -> Finding | None:
    """A model without hidden layers that is as good as a linear one can be, where the task is not linear."""
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    weighted = [layer for layer in layers if layer["parameters"] and "Normalization" not in layer["kind"]]
    if len(references) != 1 or [layer["kind"] for layer in weighted] != ["Dense"]:
        return None
    reference = references[0]
    score = last_look(run, "training_score", reference["name"])
    linear, near = (gain(reference[name], reference["constant"]) for name in ("linear", "neighbours_held_out"))
    if score is None or not near - linear > LOSS:
        return None
    if not linear - max(0.0, gain(score, reference["constant"])) < ALIKE:  # worse than a constant is only noise
        return None
    message = (
        f"The network has no hidden layer and scores {score:.2f} on its training rows, as a linear model does "
        f"({reference['linear']:.2f}), where the nearest neighbours of rows score {reference['neighbours_held_out']:.2f}."
    )
    evidence = {"training_score": score, "linear": reference["linear"], "neighbours": reference["neighbours_held_out"]}
    return _finding(message, (weighted[0]["name"],), evidence, 0.7)


def _few_units(run: Run, layers: Sequence[LayerFact], learned: Attainment) -> Finding | None:
    """Hidden layers of a few units, behind which the rows are no easier to tell apart than before, in a training at rest."""
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    passed, hidden = every_path(layers), hidden_layers(layers)
    few = [layer for layer in hidden if layer["units"] is not None and layer["units"] <= FEW and layer["name"] in passed]
    if len(references) != 1 or not few or not _at_rest(run):
        return None
    reference, narrowest = references[0], min(few, key=lambda layer: layer["units"] or 0)
    behind = last_look(run, "linear_score", narrowest["path"])
    if behind is None or learned.attainable is None or gain(behind, reference["constant"]) > learned.attainable - LOSS:
        return None
    message = (
        f"The {narrowest['units']} units of {narrowest['name']} do not make the task linear: a readout of them scores "
        f"{behind:.2f}, and training came to rest; {learned}."
    )
    evidence = {"units": narrowest["units"] or 0, "score_behind": behind, "learned": learned.learned}
    return _finding(message, (narrowest["name"],), evidence, 0.5)


def _at_rest(run: Run) -> bool:
    """Whether the last third of the epochs brought next to nothing, of steps that could have brought something."""
    losses, result, descent = run.values("loss", "train"), training_result(run), descent_time(run)
    if result is None or len(losses) < EPOCHS or not np.isfinite(losses).all() or (descent is not None and descent.slow):
        return False
    return float(losses[-1 - len(losses) // 3] - losses[-1]) < REST * result.reference


def _finding(message: str, layers: tuple[str, ...], evidence: dict[str, float], sure: float) -> Finding:
    return Finding("capacity_too_low", "warning", "training", message, layers, evidence, ("more_units",), sure)
