"""Rule: the same rows in training and validation."""

import math

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.records.facts import FitFact, InputFact, SplitFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["split_leak"]

# Rows that are in training too are answered by heart: this share of all errors is missing from what validation measures.
LEAK = 0.1  # share of the validation rows, in inputs so rich that no two rows are alike by chance
# Tables of a few coarse columns (an age in years, a class of tickets) have twins by nature. Copies that were made before the
# split go much further: of rows that were doubled, most have their twin on the other side.
LEAK_OF_TABLES = 0.25  # share of the validation rows
FEW_NUMBERS = 32  # per row: fewer make a table
FEWEST = 20  # validation rows
SHARED = 5  # rows; fewer may be single twins
# Two rows are alike by chance with a probability of 2^-bits. With 4096 rows on either side there are 2^24 pairs; the rest is a
# margin for features that depend on each other.
BITS = 40.0
# What follows in a text is mostly known: of the 4.7 bits that a letter could have, it has 0.6 to 1.3 (Shannon, 1951).
OF_TEXT = 0.25  # share of the bits that names in a sequence have of those that independent ones would


@rule(stage="setup")
def split_leak(run: Run) -> tuple[Finding, ...] | Missing:
    """The same rows stand in training and validation.

    What it finds:
        Validation rows whose inputs are, bit for bit, those of a training row: copies made before the split (augmentation,
        oversampling), a part of the training rows given for validation, or duplicates in the source.

    Why it hurts:
        Such rows are answered by heart. Validation then hides overfitting, and misleads early stopping and the choice of a
        model.

    Evidence:
        Rows of validation that occur in training, among those looked at; how many rows an epoch has; how different rows can
        be at all, from the deviations of the features.

    Threshold:
        A tenth of the validation rows, where rows have 32 numbers and more; a quarter in smaller tables. Where only a part of
        the training rows was looked at, the share is scaled up by that part. Warning. Info where rows have so few possible
        values that they repeat by chance.

    Remedy:
        Remove duplicates, then split, then augment or oversample the training rows only.

    False alarms:
        Truth tables, one-hot rows, tables of a few whole numbers and short pieces of text repeat by nature. A few twins in a
        large table are usual.

    References:
        Kapoor, Narayanan: Leakage and the reproducibility crisis in machine-learning-based science, 2023. Shannon: Prediction
        and Entropy of Printed English, 1951.
    """
    split: SplitFact | None = checked_fact(run, "split")
    inputs: list[InputFact] | None = checked_fact(run, "inputs")
    if split is None or not inputs:
        return Missing("needs training and validation inputs")
    rows, shared = split["validation_rows"], split["shared_rows"]
    if rows < FEWEST or shared < SHARED:
        return ()
    seen = shared / rows
    share = min(1.0, seen / _looked_at(run, split["training_rows"]))
    small = sum(math.prod(fact["shape"]) for fact in inputs) < FEW_NUMBERS
    if share < (LEAK_OF_TABLES if small else LEAK):
        return ()
    bits = sum(_bits(fact) for fact in inputs)
    severity, rest = ("warning", "") if bits >= BITS else ("info", "; rows of so few possible values repeat by chance")
    whole = "" if share <= seen else f", about {share:.0%} of them if all training rows are counted"
    message = f"{shared:,} of {rows:,} validation rows looked at ({seen:.0%}) are training rows too, bit for bit{whole}{rest}."
    evidence = {"shared_rows": shared, "validation_rows": rows, "share": share, "bits": min(bits, 1e9)}
    sure = 0.95 if severity == "warning" and not small else 0.7
    return (Finding("split_leak", severity, "setup", message, (), evidence, ("stratified_split",), sure),)


def _looked_at(run: Run, rows: int) -> float:
    """Share of the training rows that was looked at."""
    fit: FitFact | None = checked_fact(run, "fit")
    if fit is None or not fit["steps"] or not fit["batch_size"] or rows < 1:
        return 1.0
    total = (fit["steps"] - 1) * fit["batch_size"]  # at least; the last batch may be small
    return min(1.0, rows / total) if total > 0 else 1.0


def _bits(fact: InputFact) -> float:
    """How many bits a row has at most, by the entropy that the deviations of its numbers allow."""
    spread = np.abs(np.array(fact["feature_deviation"], "float64"))
    mean = np.array(fact["feature_mean"], "float64")
    if not len(spread) or len(mean) != len(spread):
        return 0.0
    spread, mean = np.nan_to_num(spread, posinf=1e30), np.nan_to_num(mean)
    per_feature = math.prod(fact["shape"]) / len(spread)
    if fact["minimum"] >= 0 and fact["maximum"] <= 1 and fact["integer"]:
        ones = np.clip(mean, 1e-12, 1 - 1e-12)
        bits = -(ones * np.log2(ones) + (1 - ones) * np.log2(1 - ones))
    elif fact["integer"]:
        # A whole number of this variance has at most the entropy of a normal one (Cover, Thomas, 2006, theorem 8.6.5).
        bits = np.where(spread > 0, np.maximum(0.0, 0.5 * np.log2(2 * math.pi * math.e * (spread**2 + 1 / 12))), 0.0)
    else:
        bits = np.where(spread > 0, 23.0, 0.0)  # digits of a float32
    return float(bits.sum() * per_feature) * (OF_TEXT if fact["embedded"] else 1.0)
