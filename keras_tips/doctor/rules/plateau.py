"""Rule: the loss is flat where nothing was learned."""

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.missing_signal import missing_signal
from keras_tips.doctor.rule import rule
from keras_tips.doctor.stopped_short import StoppedShort, stopped_short
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["plateau"]

TIPS = ("higher_learning_rate", "momentum", "adam", "he_initialization", "batch_normalization")


@rule(stage="training")
def plateau(run: Run) -> tuple[Finding, ...] | Missing:
    """The loss stays at what a constant prediction costs: the network sits where the loss is flat.

    What it finds:
        A training loss at the level of no learning that does not move any more, without a way down in sight.

    Why it hurts:
        The gradient is as good as zero there, so steps go nowhere. Mostly something else has brought the network there: dead or
        saturated units, a wrong scale, a penalty.

    Evidence:
        The fall of the training loss in the second half of the run; what a constant prediction costs; where it was measured,
        the gradient and the extreme curvatures of the loss at the end; what simple predictors make of the data.

    Threshold:
        A loss above 90 % of a constant prediction's, a second half that brought less than 2 % of it, a gradient whose step to
        the bottom would gain at most 1 % of it, and no curvature downward of a tenth of the steepest one. Warning, of low
        confidence without a measured gradient: then it names what is seen, not why.

    Remedy:
        First look for what brought it there. Else a higher learning rate, momentum or Adam cross flat places faster, and a
        better initialization or normalization begins elsewhere.

    False alarms:
        Data in which a simple predictor finds nothing either is no plateau. A converged run is flat too, at a good result.

    References:
        Dauphin and others: Identifying and attacking the saddle point problem in high-dimensional non-convex optimization,
        2014.
    """
    if missing_signal(run) is not None:
        return ()  # there is nothing to be learned, by whatever training
    stop = stopped_short(run)
    if stop is None or isinstance(stop, Missing):
        return stop or ()
    if not stop.nothing or (stop.point is not None and (stop.escape or not stop.level)):
        return ()
    return (_finding(stop),)


def _finding(stop: StoppedShort) -> Finding:
    if stop.point is None:
        message, sure = f"{stop.words}, and nothing was learned.", 0.3
    else:
        message = (
            f"{stop.words}, the gradient there is {stop.point['gradient_norm']:.2g}, and no direction curves clearly down "
            f"(curvatures from {stop.point['smallest_curvature']:.2g} to {stop.point['largest_curvature']:.2g})."
        )
        sure = 0.5
    sure += 0.1 if stop.proved else 0.0
    return Finding("plateau", "warning", "training", message, (), stop.evidence, TIPS, sure)
