"""Rule: a deeper network does worse in training than its own shallow part."""

from collections.abc import Sequence

from keras_tips.doctor.attainment import attainment, gain, reconstructs
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.loss_pace import loss_pace
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.narrow_layers import hidden_layers, narrow_layers
from keras_tips.doctor.recorded_steps import recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.short_way import short_way
from keras_tips.records.facts import LayerFact, ReferenceFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["depth_degradation"]

# Plain networks of a few layers train; in one that is broken by something else, late layers tell less than early ones as well.
DEPTH = 6  # hidden layers with kernels
# Four times what a readout of about 250 rows is off by luck.
LOST = 0.2  # share of what there is to learn
TIPS = ("residual", "batch_normalization", "he_initialization", "fewer_layers")


@rule(stage="training", explains=("capacity_too_low", "plateau", "saddle_point", "local_minimum", "undertrained"))
def depth_degradation(run: Run) -> tuple[Finding, ...] | Missing:
    """A deep network does worse on its training rows than a linear readout of its own first layers, or of its inputs.

    What it finds:
        Networks of six hidden layers and more in which what tells the rows apart is there early, and gone late.

    Why it hurts:
        More layers could hand on what they get. Where plain layers cannot even be trained to do that, each one takes something
        away, and the last one has nothing to decide by.

    Evidence:
        What a linear readout scores for rows it was not fitted to: of the raw inputs, and of the outputs of every layer; and
        the network's own score on its training rows.

    Threshold:
        At least six hidden layers with kernels; a readout of the inputs or of the first half of them finds a fifth of all
        there is to learn more than one of the last hidden layer does, and as much more than the network itself. Warning.

    Remedy:
        Residual connections, so that layers may do nothing; normalization; fewer layers.

    False alarms:
        A network that is good at what it is trained for is healthy, whatever a readout of its layers says. Where most is lost
        in one narrow layer, it is capacity that is missing. Autoencoders are left out: copying the inputs is linear, and no
        simpler predictor has to pass their bottleneck.

    References:
        He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2016. Alain, Bengio: Understanding intermediate
        layers using linear classifier probes, 2017.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    references: list[ReferenceFact] | None = checked_fact(run, "references")
    learned = attainment(run)
    if layers is None or not references or learned is None or "linear_score" not in run.quantities:
        return Missing("needs the layers, readouts of them, and what training learned")
    hidden = hidden_layers(layers)
    if len(references) != 1 or len(hidden) < DEPTH or not learned.poor or reconstructs(run) or _barely_begun(run):
        return ()
    found = _lost(run, hidden, references[0])
    return () if found is None else (found,)


def _barely_begun(run: Run) -> bool:
    """Whether the weights are still about where they started: what depth does to trained weights is not known then."""
    recorded, pace = recorded_steps(run), loss_pace(run)
    return recorded is not None and pace is not None and short_way(recorded, pace)


def _lost(run: Run, hidden: Sequence[LayerFact], reference: ReferenceFact) -> Finding | None:
    scored = [(last_look(run, "linear_score", layer["path"]), layer["name"]) for layer in hidden]
    known = [(score, name) for score, name in scored if score is not None]
    own = last_look(run, "training_score", reference["name"])
    if len(known) < DEPTH or own is None:
        return None
    early = [(reference["linear_held_out"], "the inputs"), *known[: len(known) // 2]]
    best, place = max(early, key=lambda entry: entry[0])
    last, end = known[-1]
    level, *others = (gain(score, reference["constant"]) for score in (best, last, own))
    if not all(level - other > LOST for other in others):
        return None
    steps = [(before - after, name) for (before, _), (after, name) in zip([early[0], *known], known, strict=False)]
    blamed = tuple(name for fall, name in sorted(steps, key=lambda step: -step[0]) if fall > LOST / len(known))
    if blamed[:1] and blamed[0] in narrow_layers(run):
        return None  # width is missing there, not a way around
    message = (
        f"A linear readout of {place} scores {best:.2f}, one of {end}, {len(hidden)} layers deep, only {last:.2f}, and the "
        f"network itself {own:.2f} on its training rows."
    )
    evidence = {"best_readout": best, "last_readout": last, "training_score": own, "layers": len(hidden)}
    sure = 0.5 + 0.4 * min(1.0, level - max(others))
    return Finding("depth_degradation", "warning", "training", message, blamed, evidence, TIPS, sure)
