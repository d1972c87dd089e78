"""Whether anything at all predicts the targets better than a constant does."""

import math
from dataclasses import dataclass

import numpy as np

from keras_tips.doctor.attainment import NOTHING, gain, reconstructs
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look, trained
from keras_tips.doctor.new_rows import learned_for_new_rows, never_of_use_for_validation
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.records.facts import FitFact, InputFact, LayerFact, OneBatchFact, ReferenceFact, RelabelledFact
from keras_tips.records.run import Run

__all__ = ["MissingSignal", "missing_signal"]

STANDARD_ERRORS = 3.0  # above a constant's score; chance gets there once in hundreds of tries
# Of rows that only the network can read, its own score is all there is to go by: already what may be luck is a doubt.
DOUBT = 1.0  # standard errors above a constant's score
# A twentieth of the variance. Ridge regression shrinks to a constant where there is nothing, and stays closer than that to it.
EXPLAINED = 0.05  # R² above a constant's
FEWEST = 100  # rows fitted, for numbers
# Silence is evidence only where a signal would have been heard: less than a third of what there is to learn may go unnoticed.
POWER = 0.3  # three standard errors over what there is to learn
# A network that is half way to all training rows, and at the constant's level on others, has learned them by heart.
MEMORIZED = 0.5  # share of what there is to learn in the training rows
EARLY = 2  # epochs, the first third of all, before the best of validation is past
# With two, three or four classes, noise and shuffled labels look the same unless the network has tried in vain to learn them by
# heart. Five kinds of things that were told apart by somebody have something in them by which they could be.
MANY = 5  # classes
# Rows that augmentation leaves as they were now and then, as a turn by no degrees does, come again less often.
EXPECTED = 20.0  # rows that should have come again, so that few are no chance
AGAIN = 0.5  # share of them that did
MOVING = ("RNN", "LSTM", "GRU", "Embedding", "Attention")  # layers for which it matters where in a sequence something stands


@dataclass(frozen=True)
class MissingSignal:
    """An output that nothing predicts.

    Attributes:
        output: its name.
        kind: `"classes"` or `"numbers"`.
        learned: what the network makes of its training rows: 0 for a constant, 1 for everything.
        training: its score on the training rows.
        validation: its score on validation rows, None without.
        simple: the best score of a simple predictor on rows that it was not fitted to.
        constant: the score of the best constant there.
        rows: how many rows the simple predictors were fitted to.
        classes: how many there are; 0 for numbers.
        beside: what simple predictors make of validation rows by others of these, where that is far above a constant, so that
            something went wrong with training rows alone; else None.
        returns: whether the same rows come again in later epochs, as often as they should; None where nobody knows.
    """

    output: str
    kind: str
    learned: float
    training: float
    validation: float | None
    simple: float
    constant: float
    rows: int
    classes: int
    beside: float | None
    returns: bool | None

    @property
    def of_augmentation(self) -> bool:
        """Whether rows are made anew each time, and lose on the way what those of validation have."""
        return self.beside is not None and self.returns is False

    @property
    def of_labels(self) -> bool:
        """Whether it is the labels that look shuffled; else the data as a whole say nothing."""
        if self.beside is not None:
            return not self.of_augmentation
        return self.kind == "classes" and (self.classes >= MANY or self.learned >= MEMORIZED)

    @property
    def evidence(self) -> dict[str, float]:
        """The numbers behind it."""
        known = {"training_score": self.training, "simple_score": self.simple, "constant_score": self.constant}
        known |= {"learned": self.learned, "rows": float(self.rows)}
        known |= {} if self.validation is None else {"validation_score": self.validation}
        return known if self.beside is None else {**known, "within_validation": self.beside}

    @property
    def confidence(self) -> float:
        """Validation rows tell more than training rows."""
        return 0.6 if self.validation is None else 0.85

    @property
    def words(self) -> str:
        """What was measured, as the end of a sentence."""
        score = "an accuracy" if self.kind == "classes" else "an R²"
        seen = f"; the network itself reaches {self.training:.2f} on its training rows"
        seen += "" if self.validation is None else f" and {self.validation:.2f} on validation rows"
        seen += "" if self.beside is None else f". Validation rows tell {self.beside:.2f} of each other"
        return (
            f"a linear readout and the nearest neighbours, fitted to {self.rows} training rows, reach {score} of "
            f"{self.simple:.2f} on others, and a constant {self.constant:.2f}{seen}"
        )


def missing_signal(run: Run) -> MissingSignal | None:
    """Returns the first output that nothing predicts better than a constant, or None where something does, or may.

    Linear readout, nearest neighbours and the network all have to fail on rows that they were not fitted to. Where simple
    predictors have no chance anyway (words, sequences, tables of bits), or no validation tells what the network is worth,
    more is asked for: that it has learned its rows by heart in vain, or learned nothing of them either. In vain is also what
    makes validation worse from the first epochs on, where the network can learn rows by heart, and what makes validation better
    than a constant at no time. A network that was better than a constant on the new rows of its first epoch has found a signal.
    """
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    if not trained(run) or learned_for_new_rows(run):
        return None
    opaque = _opaque(run)
    found = (_of(run, reference, opaque) for reference in references)
    return next((missing for missing in found if missing is not None), None)


def _of(run: Run, reference: ReferenceFact, opaque: bool) -> MissingSignal | None:
    training = last_look(run, "training_score", reference["name"])
    numbers = reference["kind"] == "numbers"
    classes = 0 if numbers else _classes(run, reference["name"])
    if training is None or not _audible(reference) or (numbers and reconstructs(run)) or _simple_signal(reference, classes):
        return None
    learned = gain(training, reference["constant"])
    validation = _validation(run, reference, at_the_end=learned >= NOTHING and not opaque)
    errors = DOUBT if opaque else STANDARD_ERRORS
    beyond = _error(reference, True)
    if validation is not None and _above(validation, reference["constant_validation"], beyond, numbers, errors):
        return None
    in_vain = validation is not None and (
        learned >= MEMORIZED or _drifts_away(run) or (learned >= NOTHING and never_of_use_for_validation(run, 3 * EARLY))
    )
    if not (in_vain or (not opaque and (validation is not None or learned < NOTHING))):
        return None
    simple = max(reference["linear_held_out"], reference["neighbours_held_out"])
    rows, constant = reference["rows"], reference["constant"]
    return MissingSignal(
        reference["name"],
        reference["kind"],
        learned,
        training,
        validation,
        simple,
        constant,
        rows,
        classes,
        beside=_beside(reference, numbers),
        returns=_returns(run),
    )


def _beside(reference: ReferenceFact, numbers: bool) -> float | None:
    """What validation rows tell of each other, where it is too much for a signal that training rows have and nobody noticed."""
    within, constant = reference["within_validation"], reference["constant_validation"]
    if within is None or constant is None or gain(within, constant) < POWER:
        return None
    error = math.sqrt(2) * _error(reference, True)  # of half of the rows
    return within if _above(within, constant, error, numbers) else None


def _returns(run: Run) -> bool | None:
    """Whether rows of later epochs were among those of the first; unknown where few of the first were kept to look among."""
    again: RelabelledFact | None = checked_fact(run, "relabelled")
    fit: FitFact | None = checked_fact(run, "fit")
    if again is None or fit is None or not again["known"] or not again["asked"]:
        return None
    whole = max(again["known"], (fit["steps"] or 0) * (fit["batch_size"] or 0))
    expected = again["asked"] * again["known"] / whole
    return again["rows"] >= AGAIN * expected if expected >= EXPECTED else None


def _drifts_away(run: Run) -> bool:
    """Whether what a network that can learn by heart learns of the training rows takes it away from the validation rows.

    Of what is learned first, some applies to other rows where anything does: validation improves with training for a while.
    """
    batch: OneBatchFact | None = checked_fact(run, "one_batch")
    constant, validation = reference_loss(run), run.values("loss", "validation")
    if constant is None or batch is None or batch["score"] is None:
        return False
    if not gain(batch["score"], batch["constant"] or 0.0) >= MEMORIZED:
        return False
    training, third = run.values("loss", "train"), len(validation) // 3
    if third < EARLY or not training[-1] < training[0] or not validation[-1] > constant:
        return False
    return bool(validation[:third].max() < validation[third:].min())


def _classes(run: Run, name: str) -> int:
    counts = [target["classes"] or 0 for output, target in paired_outputs(run) if target is not None and output["name"] == name]
    return max(counts, default=0)


def _audible(reference: ReferenceFact) -> bool:
    """Whether a signal would have been noticed."""
    rest = 1 - reference["constant"]
    if reference["kind"] == "numbers":
        return reference["rows"] >= FEWEST
    return reference["deviation"] > 0 and STANDARD_ERRORS * reference["deviation"] <= POWER * rest


def _simple_signal(reference: ReferenceFact, classes: int) -> bool:
    """Whether a simple predictor beats the constant, on held-out training rows, on validation rows, or on both together.

    Where only the labels of training are shuffled, rows of one true class still look alike, so that a predictor calls them all
    by one name: validation then draws one answer per class, not per row, and one lucky class is no signal.
    """
    numbers = reference["kind"] == "numbers"
    near, far = _error(reference, False), _error(reference, True, classes)
    for held_out, beyond in (("linear_held_out", "linear_validation"), ("neighbours_held_out", "neighbours_validation")):
        first, second = reference[held_out], reference[beyond]  # type: ignore[literal-required]
        known = second is not None and reference["constant_validation"] is not None
        if _above(first, reference["constant"], near, numbers):
            return True
        if not known:
            continue
        if _above(second, reference["constant_validation"], far, numbers):
            return True
        together = (first - reference["constant"]) / near + (second - reference["constant_validation"]) / far
        if not numbers and together > STANDARD_ERRORS * math.sqrt(2):
            return True
    return False


def _above(score: float, constant: float | None, error: float, numbers: bool, errors: float = STANDARD_ERRORS) -> bool:
    """Whether a score is above the constant's by more than chance; what is no number is taken for a signal."""
    excess = score - (constant or 0.0)
    return not excess <= (EXPLAINED if numbers else errors * error)


def _error(reference: ReferenceFact, validation: bool, draws: int = 0) -> float:
    """Standard error of a score at the level of the constant; of validation, with so many draws, or one for each row."""
    constant, rows = reference["constant_validation"], min(draws or math.inf, reference["validation_rows"])
    if not validation or constant is None or rows < 1:
        return max(reference["deviation"], 1e-12)
    share = min(max(constant, 1 / rows), 1 - 1 / rows) if rows > 1 else 0.5
    return math.sqrt(share * (1 - share) / rows)


def _validation(run: Run, reference: ReferenceFact, at_the_end: bool) -> float | None:
    """What the network is worth on validation rows, if there are enough of them to tell.

    At the end, where it has learned something of its training rows; else the best it ever was, as it may have broken down. So
    too where nobody else can read the rows: a network that has trained too long knew more before.
    """
    constant, rows = reference["constant_validation"], reference["validation_rows"]
    if constant is None or rows < 1:
        return None
    if reference["kind"] == "classes" and STANDARD_ERRORS * _error(reference, True) > POWER * (1 - constant):
        return None
    if reference["kind"] == "numbers" and rows < FEWEST // 2:
        return None
    if reference["name"] not in (run.places("validation_score") if "validation_score" in run.quantities else ()):
        return None
    steps, scores = run.series("validation_score", reference["name"])
    scores = scores[np.isfinite(scores) & (steps > 0)]  # without the look before the first step
    if not len(scores):
        return None
    return float(scores[-1] if at_the_end else scores.max())


def _opaque(run: Run) -> bool:
    """Whether simple predictors cannot be expected to read the inputs: names of words, sequences, or bits.

    They can read the last values of one quantity as well as any network can, where the next value is asked for; and pictures,
    whatever layers look at them.
    """
    inputs: list[InputFact] = checked_fact(run, "inputs") or []
    layers: list[LayerFact] = checked_fact(run, "layers") or []
    if _forecast(run, inputs):
        return False
    names = any(fact["embedded"] or len(fact["shape"]) == 2 for fact in inputs)
    bits = any(fact["integer"] and fact["maximum"] - fact["minimum"] <= 1 for fact in inputs)
    pictures = all(len(fact["shape"]) == 3 for fact in inputs)
    moving = not pictures and any(part in layer["kind"] for layer in layers for part in MOVING)
    return names or bits or moving or not inputs


def _forecast(run: Run, inputs: list[InputFact]) -> bool:
    """Whether numbers are asked for, of a sequence of one number each."""
    sequence = len(inputs) == 1 and len(inputs[0]["shape"]) == 2 and inputs[0]["shape"][-1] == 1
    amounts = sequence and not inputs[0]["embedded"] and not inputs[0]["integer"]
    targets = [target for _, target in paired_outputs(run)]
    return amounts and all(target is not None and target["classes"] is None for target in targets)
