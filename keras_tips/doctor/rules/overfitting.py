"""Rule: training good, validation clearly worse and getting worse."""

from keras_tips.doctor.attainment import HALF, attainment, gain
from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import last_look
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.mode_losses import mode_losses
from keras_tips.doctor.rule import rule
from keras_tips.doctor.score_gap import score_gap
from keras_tips.doctor.training_result import TrainingResult, training_result
from keras_tips.doctor.validation_turn import RISE, ValidationTurn, validation_turn
from keras_tips.records.facts import SplitFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["overfitting"]

# A tenth of all there is to learn. A classifier that is right as often on rows it never saw, and only too sure where it is
# wrong, loses a little of the loss and nothing that most users count.
GAP = 0.1  # score of training rows less that of validation rows, as a share of what there is to learn
# Of some five hundred runs of healthy programs none goes beyond 0.25, which small tables reach: they have few validation rows.
WIDE = 0.35  # the same difference, where the validation loss does not rise
FEWEST = 40  # validation rows; of fewer, the score is luck
# Rows that come four times in what is kept of the first epoch are all that training has: then a smaller gap says enough.
REPEATED = 0.25  # different rows over all that were looked at
TIPS = ("early_stopping", "dropout", "weight_decay", "augment")


@rule(stage="generalization", explains=("overtraining",))
def overfitting(run: Run) -> tuple[Finding, ...] | Missing:
    """The network learns its training data by heart: training is good, validation is clearly worse and getting worse.

    What it finds:
        A validation loss that has turned, and rises from its best epoch while the training loss goes on falling; or training
        rows that are answered much better than validation rows.

    Why it hurts:
        From that epoch on, every update makes the network worse for anything it has not seen.

    Evidence:
        Training and validation loss per epoch, smoothed over 3 epochs, and what a constant prediction would cost; the scores of
        training and validation rows, and the loss of training rows at inference, where they were looked at.

    Threshold:
        All of these: at least 5 epochs; a training loss below half of the constant predictor's, at inference too; a rise of at
        least a tenth of the constant predictor's loss and three times the noise between epochs; a training loss that fell
        meanwhile. A gap of losses alone is no sickness: dropout, augmentation and easy training rows make one in healthy runs.
        Scores that differ by 0.35 of what there is to learn are, on 40 validation rows and more, or by 0.1 where a quarter of
        the training rows that were looked at are different ones, and no more. Warning;
        info where the run was stopped, as early stopping does, and where the scores of training and validation differ by
        less than a tenth of what there is to learn.

    Remedy:
        Stop at the best epoch and keep its weights; then a penalty on the kernels, dropout, augmentation, more data.

    False alarms:
        Classifiers that stay right while they become too sure lose a little of the loss and nothing of the accuracy.

    References:
        Prechelt: Early Stopping - But When?, 1998. Amazon SageMaker Debugger, built-in rule Overfit.
    """
    turn = validation_turn(run)
    if isinstance(turn, Missing):
        return turn
    result = training_result(run)
    if result is None or not _training_is_good(run, result):
        return ()
    rise = (turn.last - turn.best) / result.reference
    if rise >= RISE and turn.clear:
        return (_finding(run, turn, rise),)
    return _wide_gap(run)


def _wide_gap(run: Run) -> tuple[Finding, ...]:
    """Scores so far apart that training rows must be known by heart, though the validation loss does not rise."""
    findings = []
    for reference in checked_fact(run, "references") or ():
        train, validation = (last_look(run, name, reference["name"]) for name in ("training_score", "validation_score"))
        constant, rows = reference["constant_validation"], reference["validation_rows"]
        if train is None or validation is None or constant is None or rows < FEWEST:
            continue
        known, beyond = gain(train, reference["constant"]), gain(validation, constant)
        # Worse than a constant is no learning by heart: other rows are the reason, or weights of classes.
        few = _few_rows(run)
        wide = GAP if few is not None else WIDE
        if beyond >= 0 and known - beyond >= wide and train - validation >= wide / 2:
            findings.append(_by_gap(known, beyond, few, run.status == "stopped"))
    return tuple(findings[:1])


def _few_rows(run: Run) -> SplitFact | None:
    """The rows, where training shows a few of them over and over."""
    split: SplitFact | None = checked_fact(run, "split")
    if split is None or split["distinct_rows"] is None or split["training_rows"] < FEWEST:
        return None
    return split if split["distinct_rows"] <= REPEATED * split["training_rows"] else None


def _by_gap(known: float, beyond: float, few: SplitFact | None, stopped: bool) -> Finding:
    message = (
        f"The network knows its training rows by heart: {known:.0%} of what there is to learn in them, and {beyond:.0%} in "
        "validation rows."
    )
    evidence = {"score_gap": known - beyond, "training": known, "validation": beyond}
    tips: tuple[str, ...] = TIPS
    if few is not None:
        message += f" They are {few['distinct_rows']} different ones, of {few['training_rows']} that were looked at"
        message += ", as if batches came again and again within an epoch."
        evidence["distinct_rows"], tips = float(few["distinct_rows"] or 0), ("repair_data", *TIPS)
    return Finding("overfitting", "info" if stopped else "warning", "generalization", message, (), evidence, tips, 0.6)


def _training_is_good(run: Run, result: TrainingResult) -> bool:
    """Whether most was learned of the training rows: with dropout on or off, and at inference where that was seen.

    Where training rows are bad at inference only, validation is bad for the same reason, and that is none of learning by heart.
    """
    losses, learned = mode_losses(run), attainment(run)
    if losses is not None and losses.inference_suffers:
        return False
    return result.good or (losses is not None and learned is not None and learned.learned > HALF)


def _finding(run: Run, turn: ValidationTurn, rise: float) -> Finding:
    stopped, gap = run.status == "stopped", score_gap(run)
    message = (
        f"The validation loss rose from {turn.best:.3g} at epoch {turn.epoch} to {turn.last:.3g} at epoch {turn.epochs}, "
        f"while the training loss fell from {turn.train_then:.3g} to {turn.train_last:.3g}"
        f"{'; the run was stopped there' if stopped else ''}"
        f"{'' if gap is None else f'; the scores of training and validation rows are {gap:.2f} apart'}."
    )
    evidence = {
        "best_epoch": turn.epoch,
        "best_validation_loss": turn.best,
        "last_validation_loss": turn.last,
        "last_training_loss": turn.train_last,
        "rise": rise,
    }
    if gap is not None:
        evidence["score_gap"] = gap
    sure = 0.6 + 0.35 * min(1.0, rise / (4 * RISE))
    severity = "info" if stopped or (gap is not None and gap < GAP) else "warning"
    return Finding("overfitting", severity, "generalization", message, (), evidence, TIPS, sure)
