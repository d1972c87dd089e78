"""Rule: weights that should train and cannot."""

from collections.abc import Sequence

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import FitFact, LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["frozen_layers"]

STEPS = 5  # recorded, in which the gradient was 0
CLOSED = 0.99  # share of the units that are silent, or at their borders
START_AT_ZERO = ("bias", "beta", "b")  # last words of the paths of weights that begin at 0 as a rule
CAUSES = (
    *("learning_rate_too_low", "vanishing_gradient", "depth_degradation", "capacity_too_low", "plateau", "saddle_point"),
    *("local_minimum", "undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def frozen_layers(run: Run) -> tuple[Finding, ...] | Missing:
    """Weights are set not to be trained although they were never trained.

    What it finds:
        A model in which nothing can be trained; frozen layers whose kernel, or table of embeddings, is still as its initializer
        drew it, also those of one's own that were made of weights that nothing trains; layers whose weights an own
        training step never hands to the optimizer; and layers to which no gradient comes at all.

    Why it hurts:
        A frozen layer hands on what its weights make of the data. Where these come from another training that is the point;
        where they were drawn at random, the layer blurs the data for all that follow, and part of the network does nothing.

    Evidence:
        How many entries of each layer's weights gradients could train and are set not to be, and whether the kernel is as its
        initializer draws it: of mean and deviation as that one promises, within five standard errors; in a layer of one's own,
        of entries around 0 that have nothing to do with their neighbours. Which weights steps handed to the optimizer.

    Threshold:
        Critical where no weight of the model can be trained. For frozen layers with a fresh kernel, for those left out, and
        for those whose gradient was exactly 0 in all recorded steps, five or more, though nothing dead or saturated is there:
        warning where training suffers, its loss is still half of a constant prediction's, or it was not seen yet; info where
        it does well.

    Remedy:
        Set `trainable` to True, before `compile`; or load the weights that the frozen layers were meant to have.

    False alarms:
        Pretrained layers, frozen embeddings of ready-made vectors, preprocessing layers, batch normalization whose statistics
        are no matter of gradients, and random features that serve their purpose are healthy.

    References:
        Yosinski, Clune, Bengio, Lipson: How Transferable Are Features in Deep Neural Networks?, 2014.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    if not any(layer["parameters"] for layer in layers):
        return Missing("needs a model that is built")
    frozen = [layer for layer in layers if layer["frozen"] > 0]
    left = [layer for layer in layers if layer["path"] in (checked_fact(run, "left_out") or ())]
    if left:
        after = ", although they are set to be trained, and they are what they were"
        return (_untouched(run, left, "No step handed the optimizer the weights of", after, 0.9),)
    cut = _cut_off(run, layers)
    if cut:
        after = ": something between them and the loss has none, as rounding or argmax, or they have no part in it"
        return (_untouched(run, cut, "In no recorded step a gradient came to", after, 0.85),)
    if not frozen:
        return ()
    if not any(layer["variables"] for layer in layers) and not _moves(run, layers):
        return (_nothing_trains(frozen),)
    return _fresh(run, layers, frozen)


def _moves(run: Run, layers: Sequence[LayerFact]) -> bool:
    """Whether something is trained beside the layers, such as a weight of the model itself."""
    model = checked_fact(run, "model")
    beside = model is not None and model["parameters"] > sum(layer["parameters"] for layer in layers)
    return beside or "gradient_norm" in run.quantities


def _nothing_trains(frozen: Sequence[LayerFact]) -> Finding:
    entries = float(sum(layer["frozen"] for layer in frozen))
    text = (
        f"No weight of the model can be trained: all {entries:,.0f} are frozen in {len(frozen)} layer{'s'[: len(frozen) != 1]}."
    )
    return _made("critical", text, frozen, {"frozen": entries, "share": 1.0}, 1.0)


def _cut_off(run: Run, layers: Sequence[LayerFact]) -> list[LayerFact]:
    """Layers whose weights are not zero, and whose gradient was exactly 0 in every recorded step, from the first one on.

    Not where something dead, saturated or zero explains it: a gradient passes there in principle.
    """
    if not {"gradient_norm", "weight_norm"} <= set(run.quantities) or any(_closed(run, layer) for layer in layers):
        return []
    fit: FitFact | None = checked_fact(run, "fit")
    if fit is not None and fit["batch_size"] == 1:
        return []  # batch normalization of a single row gives the same whatever the row
    known = set(run.places("gradient_norm")) & set(run.places("weight_norm"))
    kernels = [path for layer in layers for path in layer["variables"] if path.rsplit("/", 1)[-1] not in START_AT_ZERO]
    if not known.issuperset(kernels) or any(not run.values("weight_norm", path)[0] > 0 for path in kernels):
        return []
    pulls = {path: run.values("gradient_norm", path) for path in known}
    still = {path for path, pull in pulls.items() if len(pull) >= STEPS and not pull.any()}
    if not any(len(pull) and pull.all() for pull in pulls.values()) or not all(map(_finite, pulls.values())):
        return []  # it is the loss that has no slope, or the output; or NaN, which stops at a ReLU
    return [layer for layer in layers if layer["variables"] and still.issuperset(layer["variables"])]


def _finite(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all())


def _closed(run: Run, layer: LayerFact) -> bool:
    """Whether a layer lets no gradient pass, although it could."""
    silent, borders = (last_look(run, name, layer["path"]) or 0.0 for name in ("silent_units", "activation_saturation"))
    return silent >= CLOSED or borders >= CLOSED


def _untouched(run: Run, layers: Sequence[LayerFact], before: str, after: str, sure: float) -> Finding:
    """Of layers that could be trained and are not; what is said before and after their names."""
    entries = float(sum(layer["parameters"] for layer in layers))
    state = suffering(run).by_its_loss()
    names = ", ".join(layer["name"] for layer in layers[:3]) + (", ..." if len(layers) > 3 else "")
    text = f"{before} {names} ({entries:,.0f} entries){after}{state.ending()}"
    return _made(state.severity(), text, layers, {"frozen": entries}, sure if state.poor else 0.6)


def _fresh(run: Run, layers: Sequence[LayerFact], frozen: Sequence[LayerFact]) -> tuple[Finding, ...]:
    fresh = [layer for layer in frozen if layer["fresh"]]
    if not fresh:
        return ()
    fresh = sorted(fresh, key=lambda layer: -layer["frozen"])
    entries = float(sum(layer["frozen"] for layer in fresh))
    share = entries / max(1.0, float(sum(layer["parameters"] for layer in layers)))
    state = suffering(run).by_its_loss()
    names = ", ".join(layer["name"] for layer in fresh[:3]) + (", ..." if len(fresh) > 3 else "")
    verb = "are" if len(fresh) > 1 else "is"
    text = f"{names} {verb} frozen as the initializer drew the weights ({entries:,.0f} entries, {share:.0%} of the model)"
    sure = 0.9 if state.poor else 0.6
    return (_made(state.severity(), text + state.ending(), fresh, {"frozen": entries, "share": share}, sure),)


def _made(severity: str, text: str, layers: Sequence[LayerFact], evidence: dict[str, float], sure: float) -> Finding:
    names = tuple(layer["name"] for layer in layers)
    return Finding("frozen_layers", severity, "setup", text, names, evidence, ("unfreeze",), sure)
