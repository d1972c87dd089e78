"""Rule: units that are zero for every input, many of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_tips.doctor.attainment import Attainment, attainment
from keras_tips.doctor.augments import augments
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.initial_signal import fades_by_depth
from keras_tips.doctor.layer_graph import layer_graph
from keras_tips.doctor.looks import first_look, last_look, trained
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.narrow_layers import narrow_layers
from keras_tips.doctor.recorded_steps import recorded_steps
from keras_tips.doctor.rule import rule
from keras_tips.doctor.short_way import hardly_begun
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["dead_units"]

RECTIFIED = ("relu", "relu6", "threshold")  # activations that give exactly 0, and no gradient, below a border
# The same share for "most of a layer": a layer of half its width passes about as much as the whole one, of less it does not.
# Networks that were pruned to half their units keep their accuracy (Li et al., Pruning Filters, 2017).
MANY = 0.5  # share of a layer's units
ALL = 1 - 1e-6  # share of a layer's units
# Outputs that vary by less than the last digits of a float32 do not depend on the input.
CONSTANT = 1e-6  # deviation of the output over the rows, over its size
CAUSES = (
    *("vanishing_gradient", "depth_degradation", "capacity_too_low", "learning_rate_too_low", "plateau", "saddle_point"),
    *("local_minimum", "undertrained"),
)


@rule(stage="training", explains=CAUSES)
def dead_units(run: Run) -> tuple[Finding, ...] | Missing:
    """Many units of a layer are zero for every input: behind a ReLU they pass nothing on, and no gradient wakes them up.

    What it finds:
        ReLU layers in which at least half of the units give exactly 0 for all rows that were kept, in a run that suffers.

    Why it hurts:
        A ReLU that is below 0 for all data has the derivative 0 for all data, so its weights never change again. A layer of
        which all units are dead hands on a constant: what stands before it cannot be trained any more.

    Evidence:
        Per layer, the share of units that are 0 for up to 512 rows, in the first look and in the last; what training learned
        next to a constant prediction and to simple predictors; how far the outputs depend on the input.

    Threshold:
        Critical where a whole layer is silent and the outputs are the same for all rows, or nothing was learned. Warning where
        at least half of a layer's units are silent and training learned 0.15 of everything less than a simple predictor
        does for rows it never saw. Info where half are silent and training went well all the same.

    Remedy:
        Where they are silent from the start: He initialization, and biases at 0. Where they died in training: a lower learning
        rate, or scaled inputs. Leaky forms such as PReLU, and Maxout, cannot die.

    False alarms:
        Sparse layers are healthy: each unit is 0 for most rows, and alive for some. So are wide layers with a few silent
        units. Where augmented rows train the network, layers count only if they are silent as a whole, as such rows may wake
        single units. A layer that is given the same for all rows is not to blame, nor one before which
        the signal fades in too many layers. Where a layer is too narrow for the classes
        anyway, that it died is only told.

    References:
        Maas, Hannun, Ng: Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013. Lu, Shin, Su, Karniadakis:
        Dying ReLU and Initialization, 2020.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None or "silent_units" not in run.quantities:
        return Missing("needs the layers, and the share of silent units in them")
    # The rows looked at are as they are: units that only augmented rows wake up are alive where it counts.
    least = ALL if any(augments(layer) for layer in layers) else MANY
    silent = [found for found in (_seen(run, layer) for layer in layers) if found is not None and found.now >= least]
    if not silent or _reads_nothing(run, silent[0].name) or fades_by_depth(run):
        return ()
    # Of layers that are equally dead, the first one is the cause: `sorted` keeps the order of the data.
    worst_first = sorted(silent, key=lambda found: -min(found.now, ALL))
    return (_finding(run, layers, worst_first),)


@dataclass(frozen=True)
class _Silent:
    """Share of a layer's units that are silent: in the first look, and in the last."""

    name: str
    start: float
    now: float


def _seen(run: Run, layer: LayerFact) -> _Silent | None:
    if layer["activation"] not in RECTIFIED:
        return None
    start, now = (look(run, "silent_units", layer["path"]) for look in (first_look, last_look))
    return None if now is None else _Silent(layer["name"], now if start is None else start, now)


def _reads_nothing(run: Run, name: str) -> bool:
    """Whether a layer is given the same for all rows, so that whatever is wrong is wrong before it."""
    graph = layer_graph(run)
    sources = graph.sources(next(layer for layer in graph.layers if layer["name"] == name)) if graph and graph.known else ()
    given = [last_look(run, "activation_variation", source["path"]) for source in sources]
    return bool(given) and all(variation is not None and variation <= CONSTANT for variation in given)


def _finding(run: Run, layers: Sequence[LayerFact], silent: list[_Silent]) -> Finding:
    worst, learned = silent[0], attainment(run)
    # A layer of one or two units dies by chance, and would not do alive either: then width is the ailment.
    narrow = worst.now >= ALL and worst.name in narrow_layers(run)
    blocked = worst.now >= ALL and not narrow and _nothing_passes(run, layers, learned)
    poor = learned is not None and learned.poor and not narrow and not _too_early(run)
    severity = "critical" if blocked else "warning" if poor else "info"
    died = worst.start < MANY
    share = "All" if worst.now >= ALL else f"{worst.now:.0%}"
    since = f"at first {worst.start:.0%} were" if died else "from the start" if trained(run) else "before the first step"
    effect = ", so the outputs do not depend on the inputs" if blocked else f"; {learned}" if learned is not None else ""
    message = f"{share} of the units of {worst.name} are 0 for every row looked at ({since}){effect}."
    evidence = {"silent_units": worst.now, "silent_units_at_first": worst.start, "layers": len(silent)}
    if learned is not None:
        evidence["learned"] = learned.learned
    tips = ("lower_learning_rate", "scale_inputs", "prelu", "maxout") if died else ("he_initialization", "prelu", "maxout")
    # A layer that was dead before the first step explains everything after it; one that died has a cause itself.
    sure = 0.95 if blocked and not died else 0.8 if blocked else 0.5 + 0.3 * min(1.0, worst.now)
    return Finding("dead_units", severity, "training", message, tuple(found.name for found in silent), evidence, tips, sure)


def _too_early(run: Run) -> bool:
    """Whether so few or short steps were taken that the units which live had no time to learn either."""
    recorded, result = recorded_steps(run), training_result(run)
    if recorded is None or result is None or not result.exact:
        return False
    return hardly_begun(recorded, result.reference)


def _nothing_passes(run: Run, layers: Sequence[LayerFact], learned: Attainment | None) -> bool:
    """Whether all outputs are the same for all rows; where that was not seen, whether nothing was learned."""
    ends = [last_look(run, "activation_variation", layer["path"]) for layer in layers if layer["output"]]
    known = [variation for variation in ends if variation is not None]
    if known:
        return max(known) <= CONSTANT
    return learned is not None and learned.nothing
