"""Rule: nothing in the inputs predicts the targets better than a constant does, on either side."""

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.looks import trained
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import missing_signal
from keras_tips.doctor.rule import rule
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["data_without_signal"]


@rule(stage="generalization", explains=("overfitting", "overtraining"))
def data_without_signal(run: Run) -> tuple[Finding, ...] | Missing:
    """Nothing in the inputs predicts the targets better than a constant does, on either side.

    What it finds:
        Data on which a linear readout, the nearest neighbours and the network all stay at the level of the best constant on
        rows that they were not fitted to.

    Why it hurts:
        No tip helps: what a network learns of such rows, it learns by heart. Either the inputs lack what decides the targets,
        or inputs and targets were mixed up on the way.

    Evidence:
        Scores (accuracy for classes, R² for numbers) of the best constant, of a linear readout and of the five nearest
        neighbours, on held-out training rows and on validation rows; those of the network on both.

    Threshold:
        None of them above the constant: by three standard errors of an accuracy, by 0.05 in R². Only where a signal of a
        third of what there is to learn would have been noticed. Warning. Of classes that look shuffled (five or more, or
        learned by heart in vain), and where validation rows do tell of each other, `labels_corrupt` or `augmentation_shift`
        tell the same, so that this is silent.

    Remedy:
        Look at twenty rows beside their targets. Could a person tell the target from the inputs? Add what is missing.

    False alarms:
        Tasks that simple predictors cannot do, such as XOR of many bits, words or sequences, are not judged by those alone:
        there the network has to have learned its rows by heart in vain, or to get worse on validation rows, and worse than a
        constant, with all that it learns, though it can learn a batch by heart.

    References:
        Karpathy: A Recipe for Training Neural Networks, 2019 (input-independent baseline).
    """
    if checked_fact(run, "references") is None or not trained(run):
        return Missing("needs scores of simple predictors, and of the network after an epoch")
    missing = missing_signal(run)
    if missing is None or missing.of_labels or missing.of_augmentation:
        return ()
    message = f"Nothing predicts the targets of {missing.output!r} better than a constant: {missing.words}."
    tips, sure = ("repair_data",), missing.confidence
    return (Finding("data_without_signal", "warning", "generalization", message, (), missing.evidence, tips, sure),)
