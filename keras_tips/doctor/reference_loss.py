"""The loss of a model that ignores its inputs."""

import math

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.records.facts import FitFact, TargetFact
from keras_tips.records.run import Run

__all__ = ["reference_loss"]

CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")


def reference_loss(run: Run, which: str = "targets") -> float | None:
    """Returns the loss that the best constant prediction has on the training targets, in the unit of the logged loss.

    With `which="validation_targets"`, that which the best constant for these has on them.

    | loss | constant predictor |
    | --- | --- |
    | categorical cross-entropy | the entropy of the classes' shares, over all positions, which is ln C where they are equal |
    | binary cross-entropy | -p ln p - (1 - p) ln(1 - p), with p the share of ones, the mean over the units |
    | mean squared error | squared deviation of the targets of each unit, likewise |
    | mean absolute error | distance from the median of the targets of each unit, likewise |

    Of runs that earlier versions wrote, where all units were taken together, the last two may be too large.

    A loss at this level means that nothing was learned, whatever its number looks like. It is the number that Karpathy's recipe
    (A Recipe for Training Neural Networks, 2019) tells to compare the first loss with.

    Returns None where the loss or its targets are not known, for several outputs, whose weights are not recorded, and where
    rows are weighted, or losses added up, so that the logged loss has another unit.
    """
    fit: FitFact | None = checked_fact(run, "fit")
    if fit is not None and fit["weighted"]:
        return None
    pairs = paired_outputs(run, which)
    output, target = pairs[0] if len(pairs) == 1 else (None, None)
    if output is None or target is None or output["reduction"] == "sum":
        return None
    reference = _constant_predictor(output["loss"], target)
    return reference if reference is not None and math.isfinite(reference) and reference > 0 else None


def _constant_predictor(loss: str | None, target: TargetFact) -> float | None:
    if loss in CATEGORICAL and target["classes"]:
        return _entropy_of(list(target["class_counts"].values()), target["classes"])
    if loss in target["constant_losses"]:
        return target["constant_losses"][loss]
    if loss in CATEGORICAL:
        return None
    if loss == "binary_crossentropy":
        share = target["mean"]
        return _entropy(share) if target["zero_one"] and 0 < share < 1 else None
    if loss == "mean_squared_error":
        return _square(target["deviation"])
    return target["deviation"] if loss == "mean_absolute_error" else None


def _entropy_of(counts: list[int], classes: int) -> float | None:
    """Of classes with these counts; in nats. ln C where not all classes are counted."""
    total = sum(counts)
    if classes < 2 or len(counts) < classes or total <= 0:
        return math.log(classes) if classes > 1 else None
    return -sum(count / total * math.log(count / total) for count in counts if count > 0)


def _entropy(share: float) -> float:
    """Of a coin that shows 1 with this probability; in nats."""
    return -share * math.log(share) - (1 - share) * math.log(1 - share)


def _square(value: float) -> float:
    return value * value  # unlike `**`, this gives inf instead of an error for enormous values
