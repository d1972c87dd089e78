"""Rule: learning stopped where the gradient is zero and the loss curves down in some direction."""

from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.doctor.stopped_short import DOWNWARD, stopped_short
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["saddle_point"]

TIPS = ("momentum", "adam", "higher_learning_rate", "he_initialization")


@rule(stage="training")
def saddle_point(run: Run) -> tuple[Finding, ...] | Missing:
    """Learning stopped at a saddle: the gradient is as good as zero, and yet there is a way down.

    What it finds:
        A loss that stays short of a good result at a place from which some direction curves down.

    Why it hurts:
        Gradient descent leaves a saddle very slowly, as the gradient shows the way down only once it has gone a part of it. In
        many dimensions nearly all places with zero gradient and a high loss are of this kind.

    Evidence:
        The gradient and the extreme eigenvalues of the Hessian at the end, over the rows that were kept; the fall of the
        training loss in the second half of the run; what a constant prediction costs.

    Threshold:
        A result that is not good, a second half that brought less than 2 % of a constant prediction's loss, a gradient whose
        step to the bottom would gain at most 1 % of it, and a smallest curvature below minus a tenth of the largest. Warning.

    Remedy:
        Momentum or Adam, or a higher learning rate; other initial weights, where a symmetry among them made the saddle.

    False alarms:
        Small negative curvatures are everywhere in trained networks, and healthy.

    References:
        Dauphin and others: Identifying and attacking the saddle point problem in high-dimensional non-convex optimization,
        2014.
    """
    stop = stopped_short(run)
    if stop is None or isinstance(stop, Missing):
        return stop or ()
    if stop.point is None:
        return Missing("needs the curvature of the loss where learning stopped")
    if not (stop.level and stop.escape):
        return ()
    message = (
        f"{stop.words}, the gradient there is {stop.point['gradient_norm']:.2g}, and a direction curves down "
        f"(curvatures from {stop.point['smallest_curvature']:.2g} to {stop.point['largest_curvature']:.2g})."
    )
    sure = 0.5 + 0.3 * min(1.0, stop.downward / (5 * DOWNWARD))
    return (Finding("saddle_point", "warning", "training", message, (), stop.evidence, TIPS, sure),)
