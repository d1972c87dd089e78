"""Rule: strong imbalance of classes that neither weights nor sampling handle."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.class_order import class_order, whole_epoch_seen
from keras_tips.doctor.class_shift import STRONG, class_shift
from keras_tips.doctor.class_targets import ClassTarget, class_targets
from keras_tips.doctor.looks import last_look, trained
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import NOTHING_LEARNED
from keras_tips.records.facts import FitFact, LayerFact, OutputFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["class_imbalance"]

# Amazon's SageMaker Debugger takes the same ratio for its rule ClassImbalance. Drawn evenly, classes of ten rows and more stay
# below it.
RATIO = STRONG  # largest class over the smallest
SMALLEST = 0.1  # share of the rows: what a ratio of ten leaves to the smaller of two classes, about
FEWEST = 10  # rows per class on average; with fewer, chance makes such ratios
# Two of three rows of a class go unrecognized. A network that weighs classes by their rows gives up those that it cannot tell
# apart for sure; one that handles them recognizes most.
NEGLECTED = 1 / 3  # recall of the worst class
# Words and characters are rare and frequent by nature. Of many classes one that is never said proves something only where
# nearly all others are right.
MANY = 20  # classes
ALL_BUT_RARE = 0.8  # accuracy
ABOUT = 1.1  # loss over that of the shares of the classes, up to which it is that of a network that says only these
TWICE = 2.0  # likewise for masks, whose loss begins at many times that and takes long to get there
GAP = 0.1  # accuracy on training rows less that on validation rows
CROSSENTROPIES = ("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy")
CAUSES = (
    *("train_validation_shift", "capacity_too_low", "learning_rate_too_low", "plateau", "local_minimum", "undertrained"),
    *("overfitting", "overtraining"),
)


@rule(stage="setup", explains=CAUSES)
def class_imbalance(run: Run) -> tuple[Finding, ...] | Missing:
    """Some classes have far fewer rows than others, and nothing makes up for it.

    What it finds:
        A largest class ten times the smallest one, without class or sample weights, and a network that neglects rare classes.

    Why it hurts:
        The loss is a mean over rows. A class of one row in a hundred is a hundredth of it, so that a network gains by never
        naming that class, and its accuracy hides it.

    Evidence:
        Rows of each class among those that training steps saw; weights; the share that is recognized of the worst class;
        accuracy on validation rows in which rare classes are not rare.

    Threshold:
        Largest class over smallest from 10 on, the smallest below a tenth of all rows, ten rows per class on average. Warning
        where a network that came at least to the shares of the classes recognizes less than a third of a class of its training
        rows, or of the rarer pixels of a mask; or where its accuracy is a tenth lower on validation rows that hold twice as
        many rare ones. Info otherwise, and before training.

    Remedy:
        Class weights inversely to the rows of each class, or drawing rare classes more often; and a measure per class.

    False alarms:
        Weighted rows and balanced sampling are healthy, and so is imbalance with which the rare class is recognized. Words and
        characters as targets are imbalanced by nature: so are the classes that an embedding reads too.

    References:
        He, Garcia: Learning from Imbalanced Data, 2009. Amazon SageMaker Debugger, built-in rule ClassImbalance.
    """
    if checked_fact(run, "targets") is None or checked_fact(run, "outputs") is None:
        return Missing("needs the outputs of the model and the training targets")
    fit: FitFact | None = checked_fact(run, "fit")
    if fit is not None and fit["weighted"]:
        return ()
    found = [_finding(run, classes) for classes in class_targets(run)]
    found += [_of_mask(run, *pair) for pair in paired_outputs(run)]
    return tuple(finding for finding in found if finding is not None)


@dataclass(frozen=True)
class _Harm:
    severity: str
    words: str
    evidence: dict[str, float]
    confidence: float


def _finding(run: Run, classes: ClassTarget) -> Finding | None:
    counts = classes.counts
    rows = counts.sum()
    strong = len(counts) > 1 and counts[0] >= RATIO * counts[-1] and counts[-1] <= SMALLEST * rows
    if not strong or rows < FEWEST * len(counts):
        return None
    shift, order = class_shift(run, classes), class_order(classes.target)
    if shift is not None and shift.cut:
        return None  # a cut through sorted rows leaves a few rows of the class that it goes through
    if order is not None and order.sorted and not whole_epoch_seen(run, classes.target["rows"]):
        return None  # a part of sorted rows has other shares than all of them
    harm = _harm(run, classes)
    message = (
        f"Of {len(counts)} classes the largest has {counts[0]:,.0f} of {rows:,.0f} rows and the smallest {counts[-1]:,.0f}, "
        f"{counts[0] / counts[-1]:.3g} times fewer, without weights{harm.words}."
    )
    evidence = {"ratio": counts[0] / counts[-1], "smallest_share": counts[-1] / rows, "classes": len(counts), **harm.evidence}
    tips = ("class_weights",)
    return Finding("class_imbalance", harm.severity, "setup", message, (), evidence, tips, harm.confidence)


def _of_mask(run: Run, output: OutputFact, target: TargetFact | None) -> Finding | None:
    """Of the pixels of a mask, or the steps of a sequence, that a single unit marks."""
    if target is None or output["units"] != 1 or target["width"] < 2 or not target["zero_one"] or not 0 < target["mean"] < 1:
        return None
    share, recall = min(target["mean"], 1 - target["mean"]), last_look(run, "worst_recall", output["name"])
    known = target["constant_losses"].get("binary_crossentropy")
    losses = run.values("loss", "train")
    if share * RATIO > 1 - share or output["loss"] not in CROSSENTROPIES or recall is None or known is None or not len(losses):
        return None
    if recall > NEGLECTED or not 0 <= losses[-1] < TWICE * known:
        return None
    message = (
        f"Only {share:.2g} of all positions are of the rarer kind, without weights, and of these the network recognizes "
        f"{recall:.0%}, at a loss of {losses[-1]:.3g}, where their share alone costs {known:.3g}."
    )
    evidence = {"smallest_share": share, "worst_recall": recall, "ratio": (1 - share) / share}
    return Finding("class_imbalance", "warning", "setup", message, (), evidence, ("class_weights",), 0.7)


def _harm(run: Run, classes: ClassTarget) -> _Harm:
    name = classes.output["name"]
    if not trained(run):
        return _Harm("info", "; whether that harms, training will show", {}, 0.5)
    score, recall = (last_look(run, quantity, name) for quantity in ("training_score", "worst_recall"))
    gap = _validation_gap(run, classes)
    if gap is not None and gap >= GAP:
        words = f"; accuracy is {gap:.2f} lower on validation rows, where they are less rare"
        return _Harm("warning", words, {"validation_gap": gap}, 0.8)
    if recall is None or score is None:
        return _Harm("info", "", {}, 0.5)
    evidence = {"worst_recall": recall, "training_score": score}
    nature = (len(classes.counts) > MANY or _next_word(run, classes)) and score < ALL_BUT_RARE
    tried = _tried(run, classes, score)
    if recall <= NEGLECTED and tried and not nature:
        words = f"; of the worst class the network recognizes {recall:.0%}, at an accuracy of {score:.2f}"
        return _Harm("warning", words, evidence, tried)
    return _Harm("info", f"; of the worst class the network recognizes {recall:.0%}", evidence, 0.7)


def _next_word(run: Run, classes: ClassTarget) -> bool:
    """Whether the classes are the words, or letters, that an embedding reads."""
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    known = {layer["parameters"] / layer["units"] for layer in layers if layer["kind"] == "Embedding" and layer["units"]}
    return classes.output["units"] in known


def _tried(run: Run, classes: ClassTarget, score: float) -> float:
    """How sure it is that the network found its way, and gave up rare classes on it; 0 where it is lost for another reason.

    Sure where it is better than the shares of the classes alone. Where it just says the largest class, with the loss that
    these shares have, imbalance is a reason for that, and there may be others.
    """
    shares = classes.counts / classes.counts.sum()
    losses = run.values("loss", "train")
    if score > shares[0] + (1 - NOTHING_LEARNED) * (1 - shares[0]):
        return 0.8
    entropy = float(-(shares * np.log(shares)).sum())  # loss of a constant prediction, for every backend in nats
    about = ABOUT * (1 + 1 / math.sqrt(classes.counts[-1]))  # the share of a few rows is known to one over their root only
    if classes.output["loss"] not in CROSSENTROPIES or not len(losses) or not 0 <= losses[-1] < about * entropy:
        return 0.0
    return 0.8 if losses[-1] < NOTHING_LEARNED * entropy else 0.5


def _validation_gap(run: Run, classes: ClassTarget) -> float | None:
    """How much lower the accuracy is on validation rows, where those hold twice the share of rare classes; else None."""
    train, validation = classes.both_counts
    scores = (last_look(run, quantity, classes.output["name"]) for quantity in ("training_score", "validation_score"))
    own, other = scores
    if own is None or other is None or not validation.sum():
        return None
    rare = train * RATIO <= train.max()
    before, there = train[rare].sum() / train.sum(), validation[rare].sum() / validation.sum()
    return own - other if there >= 2 * before and there >= SMALLEST else None
