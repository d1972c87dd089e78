"""Rule: training and validation inputs preprocessed differently."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.class_shift import class_shift
from keras_tips.doctor.class_targets import class_targets
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.new_rows import learned_for_new_rows, never_of_use_for_validation
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.rule import rule
from keras_tips.doctor.training_result import GOOD
from keras_tips.doctor.validation_suffers import validation_suffers
from keras_tips.records.facts import InputFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["train_validation_shift"]

FEWEST = 20  # rows on either side
# Half a deviation: a threshold in the middle of a feature then has 69 % of the rows on one side, in place of 50 %.
SHIFT = 0.5  # distance of the means, in deviations of the training rows
# A factor of three is no sampling error even where a few large values make the deviation; scaling that was forgotten is a
# factor of 255, or one of the deviation of a raw column.
TIMES = 3.0  # deviation on one side over that on the other
# The deviation of a picture's channel is taken over all its positions, and so hardly scatters.
TIMES_OF_PICTURES = 2.0
PICTURE = 3  # axes
# What cannot come from time or place. A column that counts the rows moves by about two deviations from the first rows to the
# last ones.
GROSS_SHIFT = 5.0  # deviations
GROSS_TIMES = 10.0
STANDARD_ERRORS = 5.0  # of the difference of two means
EPOCHS = 3  # in none of which validation was better than a constant
ALIKE = 0.25  # deviations by which the mean of the targets may differ between both sides
TYPICAL = 0.5  # share of the features that have to be shifted that much
CAUSES = ("data_without_signal", "stale_batch_statistics", "augmentation_shift", "overfitting", "overtraining")


@rule(stage="setup", explains=CAUSES)
def train_validation_shift(run: Run) -> tuple[Finding, ...] | Missing:
    """Training and validation inputs do not look alike, as if they were preprocessed differently.

    What it finds:
        Means or deviations of the features that differ between both sides: scaling, centering or inverting that was done on one
        side only, or numbers from one file beside those from another. And what no mean shows, as words that another tokenizer
        numbered: a network that was of use for new rows of training, and for validation rows at no time.

    Why it hurts:
        The network sees inputs in validation that it was not trained on. What it knows does not apply, and no regularization
        brings it back.

    Evidence:
        Mean and deviation of every feature, on both sides; training against validation result. The loss of the first epoch, all
        of whose rows are new, and that of validation after each, next to what a constant prediction costs on either side.

    Threshold:
        At least half of the features shifted by half a deviation and by five standard errors, or deviations that differ by a
        factor of 3, of pictures by one of 2. Warning where validation is measurably worse than training, and before training
        from 5 deviations or a factor of 10 on; there a single feature that is shifted is enough. Info otherwise. Warning where
        training went well at inference, and its first epoch cost 2 % less than a constant, and none of 3 or more of validation.

    Remedy:
        Fit the preprocessing on the training rows, and apply the same numbers to both sides; best as a layer of the network.

    False alarms:
        Series that are cut in time drift, and small validation sets scatter: where validation does well, this is a remark.
        Words that are embedded are names, which have no mean. Two sides that were standardized apart look alike here.

    References:
        Quionero-Candela et al.: Dataset Shift in Machine Learning, 2009.
    """
    train: list[InputFact] | None = checked_fact(run, "inputs")
    validation: list[InputFact] | None = checked_fact(run, "validation_inputs")
    if train is None or validation is None:
        return Missing("needs training and validation inputs")
    found = [_finding(run, *pair) for pair in _pairs(train, validation)]
    known = tuple(finding for finding in found if finding is not None)
    return known or ((_by_results(run),) if _differ_in_results(run) else ())


def _differ_in_results(run: Run) -> bool:
    """Whether what held for new rows of training never held for validation rows, whose targets are alike.

    The training rows themselves have to fare well at inference: else it is a matter of modes, or of augmentation.
    """
    constant, own = reference_loss(run), last_look(run, "inference_loss", "train")
    if constant is None or own is None or own >= GOOD * constant:
        return False
    return learned_for_new_rows(run) and never_of_use_for_validation(run, EPOCHS) and _targets_alike(run)


def _targets_alike(run: Run) -> bool:
    shifts = [class_shift(run, classes) for classes in class_targets(run)]
    if any(shift is not None and shift.real for shift in shifts):
        return False
    ((_, target),), ((_, other),) = (paired_outputs(run, which) for which in ("targets", "validation_targets"))
    return target is not None and other is not None and abs(target["mean"] - other["mean"]) <= ALIKE * target["deviation"]


def _by_results(run: Run) -> Finding:
    losses, aside = run.values("loss", "train"), run.values("loss", "validation")
    constants = [reference_loss(run, which) or math.nan for which in ("targets", "validation_targets")]
    message = (
        f"Validation rows are not of the kind of training rows, or their targets are others: in the first epoch the network "
        f"did better than a constant on rows that were new to it (a loss of {losses[0]:.3g}, a constant's {constants[0]:.3g}), "
        f"and on validation rows in none of {len(aside)} (at best {aside.min():.3g}, a constant's {constants[1]:.3g})."
    )
    evidence = {"first_epoch_loss": float(losses[0]), "constant_loss": constants[0]}
    evidence |= {"best_validation_loss": float(aside.min()), "validation_constant_loss": constants[1]}
    return Finding("train_validation_shift", "warning", "setup", message, (), evidence, ("same_preprocessing",), 0.7)


def _pairs(train: list[InputFact], validation: list[InputFact]) -> list[tuple[InputFact, InputFact]]:
    """Inputs of both sides that belong together: by name, else by place."""
    by_name = {fact["name"]: fact for fact in validation}
    if any(fact["name"] in by_name for fact in train):
        return [(fact, by_name[fact["name"]]) for fact in train if fact["name"] in by_name]
    return list(zip(train, validation, strict=True)) if len(train) == len(validation) else []


@dataclass(frozen=True)
class _Shift:
    """How far features of validation lie from those of training."""

    shift: float  # of the middle feature, in deviations
    largest: float  # of any feature that varies in training
    times: float  # how many times larger the middle deviation is on one side than on the other
    usual: float  # how many times it may be by chance

    @property
    def typical(self) -> bool:
        return self.shift >= SHIFT or self.times >= self.usual

    @property
    def gross(self) -> bool:
        return self.largest >= GROSS_SHIFT or self.times >= GROSS_TIMES


def _finding(run: Run, train: InputFact, validation: InputFact) -> Finding | None:
    if train["embedded"] or min(train["rows"], validation["rows"]) < FEWEST:
        return None
    shift = _measured(train, validation)
    if shift is None or not (shift.typical or shift.gross):
        return None
    suffers = validation_suffers(run)
    severity = "warning" if suffers or (suffers is None and shift.gross) else "info"
    ranges = [f"{fact['minimum']:.3g} to {fact['maximum']:.3g}" for fact in (train, validation)]
    message = (
        f"Validation inputs ({ranges[1]}) do not look like training inputs ({ranges[0]}): the middle feature is shifted by "
        f"{shift.shift:.2g} deviations and scaled {shift.times:.3g} times, and the worst is shifted by {shift.largest:.3g}"
    )
    message += ", and validation is clearly worse than training." if suffers else "."
    evidence = {"middle_shift": shift.shift, "largest_shift": shift.largest, "middle_times": shift.times}
    sure = 0.9 if shift.gross else 0.7
    return Finding("train_validation_shift", severity, "setup", message, (), evidence, ("same_preprocessing",), sure)


def _measured(train: InputFact, validation: InputFact) -> _Shift | None:
    columns = [np.array(values, "float64") for fact in (train, validation) for values in _features(fact)]
    if len({len(column) for column in columns}) != 1 or not len(columns[0]):
        return None
    mean, deviation, other_mean, other_deviation = columns
    least = np.finfo("float32").eps * (np.abs(mean) + np.abs(other_mean))
    usable = np.isfinite(np.sum(columns, axis=0)) & (deviation > least) & (other_deviation > least)
    if not usable.any():
        return None
    mean, deviation, other_mean, other_deviation = (column[usable] for column in columns)
    noise = STANDARD_ERRORS * math.sqrt(1 / train["rows"] + 1 / validation["rows"])
    away, ratio = np.abs(other_mean - mean) / deviation, other_deviation / deviation
    times = np.maximum(ratio, 1 / ratio)
    # The larger of both deviations makes the noise: of a feature that is hardly ever set, training may have seen too little.
    away = np.where(away * np.minimum(1.0, 1 / ratio) > noise, away, 0.0)
    pooled = validation["deviation"] / train["deviation"] if train["deviation"] > 0 else 1.0
    pooled = max(pooled, 1 / pooled) if 0 < pooled < math.inf else 1.0
    usual = TIMES_OF_PICTURES if len(train["shape"]) == PICTURE else TIMES
    return _Shift(_middle(away), float(away.max()), min(_middle(times), pooled), usual)


def _features(fact: InputFact) -> tuple[list[float], list[float]]:
    return fact["feature_mean"], fact["feature_deviation"]


def _middle(values: np.ndarray) -> float:
    """What at least half of the features reach."""
    return float(np.sort(values)[::-1][math.ceil(TYPICAL * len(values)) - 1])
