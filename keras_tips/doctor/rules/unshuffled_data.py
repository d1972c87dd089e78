"""Rule: training rows sorted by label, and not shuffled."""

from dataclasses import dataclass

from keras_tips.doctor.attainment import gain
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.class_order import ClassOrder, class_order, whole_epoch_seen
from keras_tips.doctor.class_targets import ClassTarget, class_targets
from keras_tips.doctor.looks import last_look, trained
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import VERY_GOOD
from keras_tips.records.facts import FitFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["unshuffled_data"]

# From here on, a batch lies within one class, or at the border of two. Below, every batch still mixes several.
WITHIN = 1.0  # rows of one class in a row, in batches
FEWEST = 50  # rows of one class alone; fewer may be the beginning of anything
CAUSES = (
    *("split_not_random", "class_imbalance", "batch_size_unsuitable", "learning_rate_too_high", "exploding_gradient"),
    *("dead_units", "capacity_too_low", "learning_rate_too_low", "oscillating_loss", "plateau", "local_minimum"),
    *("undertrained", "stale_batch_statistics", "overfitting", "overtraining"),
)


@rule(stage="setup", explains=CAUSES)
def unshuffled_data(run: Run) -> tuple[Finding, ...] | Missing:
    """The rows that training steps see are sorted by label.

    What it finds:
        Steps in a row that see one class after the other: `shuffle=False`, a generator or a data set that reads folder by
        folder, or a shuffle buffer that is smaller than a class.

    Why it hurts:
        Each step pulls toward the class that it sees, and forgets the others. The loss of every batch is small, since it has
        one answer, and the network that comes out knows the last class best. Batch statistics are those of one class.

    Evidence:
        How often a row has the class of the row before it, in the order in which steps saw them, against what chance makes of
        the shares of the classes; rows of one class in a row, against the batch; the score on all rows when training ended.

    Threshold:
        At least half of the way from chance to wholly sorted rows, and five standard errors. Warning where rows of one class
        fill a batch, and more than a quarter of what there is to learn was not learned in the end; info otherwise, and for
        arrays before training, as `fit` shuffles them.

    Remedy:
        Leave `shuffle=True` for arrays. For a data set, shuffle with a buffer of all rows, or shuffle the list of files.

    False alarms:
        Sorted arrays that `fit` shuffles do not show here, as only what steps saw counts. Strong imbalance repeats classes by
        chance, which is taken off. Numbers as targets are not judged, and a series in its order, or a network that learns
        well in spite of it, is only a remark.

    References:
        Bengio: Practical Recommendations for Gradient-Based Training of Deep Architectures, 2012, section 3.
    """
    if checked_fact(run, "targets") is None or checked_fact(run, "outputs") is None:
        return Missing("needs the outputs of the model and the training targets")
    classes = class_targets(run)
    if not classes:
        return Missing("needs targets with one class per row; the order of other targets is not known")
    found = (_finding(run, each) for each in classes)
    return tuple(finding for finding in found if finding is not None)


def _finding(run: Run, classes: ClassTarget) -> Finding | None:
    order = class_order(classes.target)
    if order is None:
        return _single(run, classes)
    if not order.sorted:
        return None
    fit: FitFact | None = checked_fact(run, "fit")
    batch = None if fit is None else fit["batch_size"]
    harm = _harm(run, classes, order, batch)
    told = "" if batch is None else f", in batches of {batch}"
    message = (
        f"Training rows are sorted by label: {order.repeats:.0%} of them have the class of the row before, where chance makes "
        f"{order.by_chance:.0%}; {order.run_length:.3g} rows of one class follow each other on average{told}{harm.words}."
    )
    evidence = {"repeats": order.repeats, "by_chance": order.by_chance, "run_length": order.run_length, **harm.evidence}
    return Finding("unshuffled_data", harm.severity, "setup", message, (), evidence, ("shuffle",), harm.confidence)


@dataclass(frozen=True)
class _Harm:
    severity: str
    words: str
    evidence: dict[str, float]
    confidence: float


def _harm(run: Run, classes: ClassTarget, order: ClassOrder, batch: int | None) -> _Harm:
    if not trained(run):
        return _Harm("info", "; `fit` shuffles arrays unless it is told not to", {}, 0.5)
    fills = batch is None or order.run_length >= WITHIN * batch
    evidence = {} if batch is None else {"batch_size": float(batch)}
    # The logged loss is no witness: a batch of one class is easily right.
    score = last_look(run, "training_score", classes.output["name"])
    if score is None:
        sure = 0.6 if batch is not None else 0.4
        return _Harm("warning" if fills and batch is not None else "info", "", evidence, sure)
    largest = float(classes.counts[0] / classes.counts.sum())
    learned = gain(score, largest)
    evidence |= {"training_score": score, "learned": learned}
    if fills and not learned > 1 - VERY_GOOD:
        return _Harm("warning", f"; over all rows, accuracy ended at {score:.2f}", evidence, 0.9)
    return _Harm("info", f"; accuracy ended at {score:.2f} nonetheless", evidence, 0.8)


def _single(run: Run, classes: ClassTarget) -> Finding | None:
    """One class only in the rows looked at, which are not all of them: the beginning of sorted rows."""
    rows, other = classes.target["rows"], classes.validation
    if classes.target["classes"] != 1 or rows < FEWEST or whole_epoch_seen(run, rows):
        return None
    if other is None or (other["classes"] or 0) < 2:
        return None  # there may be no other class at all
    fit: FitFact | None = checked_fact(run, "fit")
    total = 0 if fit is None else (fit["steps"] or 0) * (fit["batch_size"] or 0)
    message = (
        f"The {rows:,} training rows looked at, of about {total:,}, are all of one class, and validation has "
        f"{other['classes']} classes."
    )
    severity = "warning" if trained(run) else "info"
    evidence = {"rows": float(rows), "classes": 1.0, "rows_of_an_epoch": float(total)}
    return Finding("unshuffled_data", severity, "setup", message, (), evidence, ("shuffle",), 0.7)
