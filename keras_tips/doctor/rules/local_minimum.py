"""Rule: learning stopped in a minimum that is not good."""

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.stopped_short import stopped_short
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["local_minimum"]

TIPS = ("more_units", "momentum", "learning_rate_schedule", "smaller_batch")


@rule(stage="training")
def local_minimum(run: Run) -> tuple[Finding, ...] | Missing:
    """Learning stopped in a minimum: something was learned, no direction leads down any more, and the result is not good.

    What it finds:
        A loss that stays between a good result and that of a constant, at a place where the gradient is as good as zero and no
        direction curves clearly down.

    Why it hurts:
        No small step makes it better. Large networks hardly have such minima; small ones, and those of which a part is dead,
        do.

    Evidence:
        The gradient and the extreme eigenvalues of the Hessian at the end, over the rows that were kept; the fall of the
        training loss in the second half of the run; what a constant prediction costs, and what simple predictors make of the
        data.

    Threshold:
        A loss of 50 to 90 % of a constant prediction's, a second half that brought less than 2 % of it, a gradient whose step
        to the bottom would gain at most 1 % of it, and a smallest curvature above minus a tenth of the largest. Warning where
        a simple predictor proves that there is more to learn, else info.

    Remedy:
        More units, which open ways around; momentum, or a learning rate that rises again; smaller batches, whose noise shakes a
        network out of narrow minima; another start.

    False alarms:
        Noisy data have an honest minimum there: the best that can be learned of them. That is healthy.

    References:
        Choromanska and others: The Loss Surfaces of Multilayer Networks, 2015. Goodfellow, Bengio, Courville: Deep Learning,
        2016, section 8.2.2.
    """
    stop = stopped_short(run)
    if stop is None or isinstance(stop, Missing):
        return stop or ()
    if stop.point is None:
        return Missing("needs the curvature of the loss where learning stopped")
    if stop.nothing or not stop.level or stop.escape:
        return ()
    message = (
        f"{stop.words}, the gradient there is {stop.point['gradient_norm']:.2g}, and no direction curves clearly down "
        f"(curvatures from {stop.point['smallest_curvature']:.2g} to {stop.point['largest_curvature']:.2g})."
    )
    severity, sure = ("warning", 0.6) if stop.proved else ("info", 0.4)
    return (Finding("local_minimum", severity, "training", message, (), stop.evidence, TIPS, sure),)
