"""The loss of a model that ignores its inputs."""

import math

from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.records.facts import TargetFact
from keras_tips.records.run import Run

__all__ = ["reference_loss"]

CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")


def reference_loss(run: Run) -> float | None:
    """Returns the loss that the best constant prediction has on the training targets, in the unit of the logged loss.

    | loss | constant predictor |
    | --- | --- |
    | categorical cross-entropy | ln C, with C classes |
    | binary cross-entropy | -p ln p - (1 - p) ln(1 - p), with p the share of ones |
    | mean squared error | squared deviation of the targets |
    | mean absolute error | at most the deviation of the targets |

    A loss at this level means that nothing was learned, whatever its number looks like. ln C is that of balanced classes; with
    imbalanced ones a constant does better, and the reference is an upper bound. It is the number that Karpathy's recipe
    (A Recipe for Training Neural Networks, 2019) tells to compare the first loss with.

    Returns None where the loss or its targets are not known, and for several outputs, whose weights are not recorded.
    """
    pairs = paired_outputs(run)
    output, target = pairs[0] if len(pairs) == 1 else (None, None)
    if output is None or target is None:
        return None
    reference = _constant_predictor(output["loss"], target)
    return reference if reference is not None and math.isfinite(reference) and reference > 0 else None


def _constant_predictor(loss: str | None, target: TargetFact) -> float | None:
    if loss in CATEGORICAL:
        classes = target["classes"] or 0
        return math.log(classes) if classes > 1 else None
    if loss == "binary_crossentropy":
        share = target["mean"]
        return _entropy(share) if target["zero_one"] and 0 < share < 1 else None
    if loss == "mean_squared_error":
        return _square(target["deviation"])
    return target["deviation"] if loss == "mean_absolute_error" else None


def _entropy(share: float) -> float:
    """Of a coin that shows 1 with this probability; in nats."""
    return -share * math.log(share) - (1 - share) * math.log(1 - share)


def _square(value: float) -> float:
    return value * value  # unlike `**`, this gives inf instead of an error for enormous values
