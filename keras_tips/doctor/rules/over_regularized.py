"""Rule: a penalty so strong that training suffers."""

import math
from dataclasses import dataclass
from functools import reduce

import numpy as np

from keras_tips.doctor.attainment import Attainment, attainment
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import first_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import LayerFact, OptimizerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["over_regularized"]

# Half. Weights of half the size hand on a quarter of the power in each layer, and a squared penalty is a quarter of what it
# was; in a network that learns, weights grow.
COLLAPSED = 0.5  # size of the weights at the end over that at the start
# Where penalties are the larger part of the loss, the larger part of every step serves them.
DOMINATES = 0.5  # penalties over penalties and loss of the data
CAUSES = (
    *("dead_units", "vanishing_gradient", "depth_degradation", "capacity_too_low", "plateau", "saddle_point", "local_minimum"),
    "undertrained",
)


@rule(stage="training", explains=CAUSES)
def over_regularized(run: Run) -> tuple[Finding, ...] | Missing:
    """A penalty, or weight decay, is so strong that the optimizer serves it and not the data.

    What it finds:
        Penalties that made up most of the loss, and that training lowered in place of the loss of the data; or weights that
        decay shrank away.

    Why it hurts:
        A penalty is to choose among solutions that fit the data. A stronger one takes the weights to zero, where nothing fits.

    Evidence:
        What each layer adds to the loss, by a regularizer or by `add_loss`, next to the loss of the same rows without it, at
        the first look and at the last; the norms of the weights; the optimizer's weight decay; what training learned.

    Threshold:
        Training learned 0.15 of everything less than a simple predictor does for rows it never saw, and: at some look
        penalties were more than half of the loss, in which the data count up to what a constant costs, and from the first look
        to the last they fell by more than the loss of the data did, or are still more than half of it; or weight decay, all
        steps together, halves the weights, and they are less than half of what they were. Warning; critical where nothing was
        learned.

    Remedy:
        A weaker penalty, by factors of ten.

    False alarms:
        Penalties may be larger than the loss of the data at the start of wide networks, and at the end of trainings in which
        hardly any loss is left: those that learn are healthy.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 7.1. Loshchilov, Hutter: Decoupled Weight Decay
        Regularization, 2019.
    """
    layers: list[LayerFact] | None = checked_fact(run, "layers")
    if layers is None:
        return Missing("needs the layers")
    decays = _decay(run, layers)
    adds = run.places("penalty") if "penalty" in run.quantities else ()
    regularized = [layer for layer in layers if layer["regularized"] or layer["path"] in adds]
    if not regularized and decays is None:
        return ()
    learned = attainment(run)
    result = training_result(run)
    most = result.reference if result is not None and result.exact else math.inf
    penalties = _penalties(run, regularized, most)
    if learned is None or (penalties is None and decays is None):
        return Missing("needs penalties and losses at two looks, and what training learned")
    if not learned.poor:
        return ()
    if penalties is not None and penalties.rule_training:
        return (_of_penalties(penalties, learned),)
    return (_of_decay(decays, learned),) if decays is not None and decays.kept < COLLAPSED else ()


@dataclass(frozen=True)
class _Penalties:
    """Penalties of all layers together, and the loss of the data, at the first look and at the last.

    The loss of the data counts up to what a constant prediction costs: what a network pays beyond it at the start is no gain
    that a penalty could prevent.
    """

    layers: tuple[str, ...]  # largest penalty at first first
    first: float
    last: float
    data_first: float
    data_last: float
    largest_share: float  # of the penalties in the whole loss, at any look

    @property
    def last_share(self) -> float:
        return self.last / (self.last + self.data_last)

    @property
    def rule_training(self) -> bool:
        """Whether the penalties were most of the loss, and the steps went to them."""
        moved = self.first - self.last > max(0.0, self.data_first - self.data_last) and self.last < COLLAPSED * self.first
        return self.largest_share > DOMINATES and (moved or (self.last_share > DOMINATES and self.last < self.first))


def _penalties(run: Run, layers: list[LayerFact], most: float) -> _Penalties | None:
    """None where penalties and the loss of the data are not known, finite and never negative at two looks."""
    places = [("penalty", layer["path"]) for layer in layers if len(run.values("penalty", layer["path"])) > 1]
    if not places or len(run.values("inference_loss", "train")) < 2:
        return None
    series = [run.series(quantity, place) for quantity, place in (*places, ("inference_loss", "train"))]
    common = reduce(np.intersect1d, [steps for steps, _ in series])
    table = np.array([values[np.isin(steps, common)] for steps, values in series])  # (places and the data, looks)
    if len(common) < 2 or not np.isfinite(table.sum(axis=0)).all() or table.min() < 0 or not table.any(axis=0).all():
        return None
    largest = table[:-1].max(axis=1)
    by_path = {layer["path"]: layer["name"] for layer in layers}
    names = tuple(by_path[places[number][1]] for number in np.argsort(-largest, kind="stable"))
    together, data = table[:-1].sum(axis=0), np.minimum(table[-1], most)
    first, last, data_first, data_last = (float(value) for value in (together[0], together[-1], data[0], data[-1]))
    return _Penalties(names, first, last, data_first, data_last, float((together / (together + data)).max()))


def _of_penalties(penalties: _Penalties, learned: Attainment) -> Finding:
    message = (
        f"Penalties were up to {penalties.largest_share:.0%} of the loss: training took them from {penalties.first:.3g} to "
        f"{penalties.last:.3g}, and the loss of the data from {penalties.data_first:.3g} to {penalties.data_last:.3g}; "
        f"{learned}."
    )
    evidence = {
        "penalty_share": penalties.largest_share,
        "penalty_at_first": penalties.first,
        "penalty": penalties.last,
        "data_loss_at_first": penalties.data_first,
        "data_loss": penalties.data_last,
        "learned": learned.learned,
    }
    severity = "critical" if learned.nothing else "warning"
    sure = 0.6 + 0.35 * penalties.largest_share
    tips = ("weaker_penalty",)
    return Finding("over_regularized", severity, "training", message, penalties.layers, evidence, tips, sure)


@dataclass(frozen=True)
class _Decay:
    """What weight decay did: its strength, and the size of the weights at the end over that at the start."""

    strength: float
    alone: float  # what decay alone would have kept
    kept: float


def _decay(run: Run, layers: list[LayerFact]) -> _Decay | None:
    """None where the optimizer decays no weights, or so little that it cannot have halved them."""
    optimizer: OptimizerFact | None = checked_fact(run, "optimizer")
    if optimizer is None or not optimizer["weight_decay"]:
        return None
    series = [run.series("weight_norm", path) for path in _kernels(run, layers)]
    series = [(steps, norms) for steps, norms in series if len(norms) > 1 and np.isfinite(norms).all()]
    rate = optimizer["learning_rate"] or _first_rate(run)
    if not series or rate is None or not math.isfinite(rate):
        return None
    # Keras takes learning rate x decay off the weights at each step, whatever the optimizer.
    alone = math.exp(-min(700.0, max(0.0, rate * optimizer["weight_decay"] * float(series[0][0][-1]))))
    first, last = (math.hypot(*(float(norms[end]) for _, norms in series)) for end in (0, -1))
    return _Decay(optimizer["weight_decay"], alone, last / first) if first > 0 and alone < COLLAPSED else None


def _first_rate(run: Run) -> float | None:
    places = run.places("learning_rate") if "learning_rate" in run.quantities else ()
    return first_look(run, "learning_rate", places[0]) if places else None


def _kernels(run: Run, layers: list[LayerFact]) -> list[str]:
    known = run.places("weight_norm") if "weight_norm" in run.quantities else ()
    paths = [path for layer in layers if "Normalization" not in layer["kind"] for path in layer["variables"]]
    return [path for path in paths if path in known and not path.endswith("bias")]


def _of_decay(decay: _Decay, learned: Attainment) -> Finding:
    message = (
        f"A weight decay of {decay.strength:g} shrank the weights to {decay.kept:.2g} of what they were, where decay alone "
        f"leaves {decay.alone:.2g}; {learned}."
    )
    evidence = {
        "weight_decay": decay.strength,
        "weights_kept": decay.kept,
        "decay_alone": decay.alone,
        "learned": learned.learned,
    }
    severity = "critical" if learned.nothing else "warning"
    return Finding("over_regularized", severity, "training", message, (), evidence, ("weaker_penalty",), 0.85)
