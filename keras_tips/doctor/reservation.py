"""Why a diagnosis without findings may still be no good news."""

from keras_tips.doctor.attainment import attainment
from keras_tips.doctor.training_result import NOTHING_LEARNED, training_result
from keras_tips.records.run import Run

__all__ = ["reservation"]


def reservation(run: Run) -> tuple[str, str]:
    """Returns (stage, sentence) where a run without findings stands short of its end, or ("", "").

    A training that broke off, that was never measured, or that ended no better than a constant prediction, or far behind what
    a simple predictor makes of the same rows, is not called healthy only because no rule names its cause.
    """
    if run.status == "raised":
        return "setup", f"No verdict: fit broke off ({run.reason or 'no reason was recorded'}), and no rule names a cause."
    if not run.records:
        return "setup", "No verdict: nothing was measured. Give the doctor to fit first."
    result, learned = training_result(run), attainment(run)
    in_vain = learned is None or learned.poor  # under much dropout the logged loss stays high whatever is learned
    if result is not None and result.exact and result.share > NOTHING_LEARNED and in_vain:
        return "training", (
            f"Nothing was learned, and no rule names a cause: the training loss of {result.loss:.3g} is no better than a "
            f"constant prediction's {result.reference:.3g}. Try another learning rate, more epochs, or examine the data."
        )
    if learned is not None and learned.attainable is not None and learned.poor:
        return "training", (
            f"The result is not good, and no rule names a cause: {learned}. Try another learning rate, more epochs, or other "
            "layers."
        )
    return "", ""
