"""Rule: weights that should train and cannot."""

from collections.abc import Sequence

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import suffering
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["frozen_layers"]

CAUSES = (
    *("learning_rate_too_low", "vanishing_gradient", "depth_degradation", "capacity_too_low", "plateau", "saddle_point"),
    *("local_minimum", "undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def frozen_layers(run: Run) -> tuple[Finding, ...] | Missing:
    """Weights are set not to be trained although they were never trained.

    What it finds:
        A model in which nothing can be trained; frozen layers whose kernel, or table of embeddings, is still as its initializer
        drew it, also those of one's own that were made of weights that nothing trains; and layers whose weights an own training
        step never hands to the optimizer.

    Why it hurts:
        A frozen layer hands on what its weights make of the data. Where these come from another training that is the point;
        where they were drawn at random, the layer blurs the data for all that follow, and part of the network does nothing.

    Evidence:
        How many entries of each layer's weights gradients could train and are set not to be, and whether the kernel is as its
        initializer draws it: of mean and deviation as that one promises, within five standard errors; in a layer of one's own,
        of entries around 0 that have nothing to do with their neighbours. Which weights steps handed to the optimizer.

    Threshold:
        Critical where no weight of the model can be trained. For frozen layers with a fresh kernel, and for those left out:
        warning where training suffers, its loss is still half of a constant prediction's, or it was not seen yet; info where it
        does well.

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
        return (_left_out(run, left),)
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


def _left_out(run: Run, left: Sequence[LayerFact]) -> Finding:
    entries = float(sum(layer["parameters"] for layer in left))
    state = suffering(run).by_its_loss()
    names = ", ".join(layer["name"] for layer in left[:3]) + (", ..." if len(left) > 3 else "")
    text = (
        f"No step handed the weights of {names} to the optimizer ({entries:,.0f} entries), although they are set to be "
        f"trained, and they are what they were"
    )
    return _made(state.severity(), text + state.ending(), left, {"frozen": entries}, 0.9 if state.poor else 0.6)


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
