"""How much of what there is to learn in the training rows was learned, next to what a simple predictor makes of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import first_look, last_look, trained
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.reference_loss import reference_loss
from keras_tips.doctor.training_result import training_result
from keras_tips.records.facts import InputFact, ReferenceFact
from keras_tips.records.run import Run

__all__ = ["Attainment", "attainment", "behind_on_validation", "gain", "reconstructs", "standard_error"]

# More than the luck of a start or of a split makes, and what every user would want back: of 200 healthy programs of many kinds
# none lacks more than 0.13 of what a simple predictor learns.
LACK = 0.15  # share of what there is to learn
# Where no simple predictor tells what can be learned, a run that learned less than half of everything counts as poor.
HALF = 0.5  # share of what there is to learn
# How much of its inputs a network can give back through a bottleneck, noise or a prior depends on those.
QUARTER = 0.25  # share of what there is to learn
# Less than this is no more than the luck with which a constant prediction meets a few hundred rows.
NOTHING = 0.1  # share of what there is to learn
STANDARD_ERRORS = 2.0  # by which a simple predictor's score is lowered, so that its luck blames nobody


@dataclass(frozen=True)
class Attainment:
    """What one output has learned of the training rows.

    Attributes:
        learned: 0 for what a constant predicts, 1 for everything; the best that any measure says.
        attainable: what a simple predictor learns of rows that it did not see, on the same scale; None where that is not
            known, or no simple predictor finds anything.
        usual: what may be expected where it is not known.
    """

    learned: float
    attainable: float | None
    usual: float = HALF

    @property
    def lack(self) -> float:
        """How much less was learned than could be expected."""
        return (self.usual + LACK if self.attainable is None else self.attainable) - self.learned

    @property
    def poor(self) -> bool:
        """Whether training as a whole measurably suffers."""
        return self.lack > LACK

    @property
    def nothing(self) -> bool:
        """Whether a constant prediction would be about as good."""
        return self.poor and self.learned < NOTHING

    def __str__(self) -> str:
        """Half a sentence for a message."""
        text = f"training learned {max(0.0, self.learned):.0%} of what there is to learn"
        return text if self.attainable is None else f"{text}, where a simple predictor learns {self.attainable:.0%}"


def attainment(run: Run) -> Attainment | None:
    """Returns the attainment of the output that lacks most, or None before training and where nothing can be compared.

    Scores and losses are those of the rows that were kept, at inference and without penalties; the logged training loss counts
    too. Of several measures the best one counts: a sure classifier with few errors may have a bad loss, and one with small
    outputs a good score.
    """
    if not trained(run):
        return None
    references: list[ReferenceFact] = checked_fact(run, "references") or []
    outputs = [_of(run, reference) for reference in references]
    alone = [] if outputs and len(outputs) > 1 else _by_loss(run, any(learned for learned, _ in outputs))
    usual = QUARTER if reconstructs(run) else HALF
    if not outputs:
        return Attainment(max(alone), None, usual) if alone else None
    known = [Attainment(max([*learned, *alone]), can, usual) for learned, can in outputs if learned or alone]
    return max(known, key=lambda output: output.lack, default=None)


def behind_on_validation(run: Run) -> bool:
    """Whether a simple predictor, fitted to some training rows, beats the network clearly on validation rows."""
    return any(_behind(run, reference) for reference in checked_fact(run, "references") or ())


def _behind(run: Run, reference: ReferenceFact) -> bool:
    score, constant = last_look(run, "validation_score", reference["name"]), reference["constant_validation"]
    simple = max(reference["linear_validation"] or 0.0, reference["neighbours_validation"] or 0.0)
    if score is None or constant is None or reconstructs(run):
        return False
    lead, luck = simple - score, 0.0
    if reference["kind"] == "classes":
        spread = sum(share * (1 - share) for share in (simple, score))
        luck = math.sqrt(max(0.0, spread) / max(1, reference["validation_rows"]))
    return lead > 2 * STANDARD_ERRORS * luck and lead > LACK * (1 - constant)


def gain(score: float, constant: float) -> float:
    """Returns a score as a share of what there is to learn: 0 at the best constant's, 1 where all is right.

    NaN where a constant is right already.
    """
    return (score - constant) / (1 - constant) if constant < 1 else math.nan


def reconstructs(run: Run) -> bool:
    """Whether a target has as many entries as an input, as that of an autoencoder, so that copying is all there is to do."""
    inputs: Iterable[InputFact] = checked_fact(run, "inputs") or ()
    sizes = {math.prod(fact["shape"]) for fact in inputs} - {1}
    return any(
        target is not None and target["classes"] is None and target["width"] in sizes for _, target in paired_outputs(run)
    )


def _of(run: Run, reference: ReferenceFact) -> tuple[list[float], float | None]:
    """(what was learned, by its score; what a simple predictor learns) of one output."""
    score = last_look(run, "training_score", reference["name"])
    learned = [] if score is None else _finite([gain(score, reference["constant"])])
    simple = max(reference["linear_held_out"], reference["neighbours_held_out"])
    lowered = _finite([gain(simple - STANDARD_ERRORS * standard_error(simple, reference), reference["constant"])])
    known = bool(lowered) and lowered[0] > NOTHING and not (reference["kind"] == "numbers" and reconstructs(run))
    return learned, lowered[0] if known else None


def standard_error(score: float, reference: ReferenceFact) -> float:
    """Returns the standard error of a score on some hundred rows: the smaller, the nearer the score is to 1.

    R² is 1 less the ratio of two means of squares. If those of the errors spread about their mean as those of the targets do,
    independently, the ratio has the error of a mean of squares, times the ratio itself, times the root of 2.
    """
    constant, error = reference["constant"], reference["deviation"]
    if reference["kind"] == "numbers":
        return error * min(1.0, math.sqrt(2) * abs(1 - score))
    if not 0 < constant < 1:
        return error
    return error * min(1.0, math.sqrt(max(0.0, score * (1 - score)) / (constant * (1 - constant))))


def _by_loss(run: Run, scored: bool) -> list[float]:
    """What was learned by the loss of the kept rows, and by the logged one.

    That of the first epoch, the only yardstick of a loss of unknown kind, holds penalties: where these were the larger part, it
    counts only if no score is known.
    """
    constant, seen, result = reference_loss(run), last_look(run, "inference_loss", "train"), training_result(run)
    shares = [] if constant is None or seen is None else [seen / constant]
    if result is not None and (result.exact or (result.epochs > 1 and not (scored and _began_with_penalties(run)))):
        shares.append(result.share)
    return _finite([1 - share for share in shares])


def _began_with_penalties(run: Run) -> bool:
    """Whether penalties were the larger part of the loss at the first look."""
    places = run.places("penalty") if "penalty" in run.quantities else ()
    penalties = sum(first_look(run, "penalty", place) or 0.0 for place in places)
    return penalties > (first_look(run, "inference_loss", "train") or 0.0)


def _finite(values: list[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]
