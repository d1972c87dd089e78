"""Rule: the loss, a gradient or a weight is NaN or infinite."""

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.rule import rule
from keras_tips.records.facts import LayerFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["loss_not_finite"]

MEASURED = ("gradient_norm", "weight_norm")


# What is no number trains nothing, and a rectifier turns it into zeros.
CAUSES = (
    *("dead_units", "saturated_units", "vanishing_gradient", "depth_degradation", "capacity_too_low", "learning_rate_too_low"),
    *("oscillating_loss", "plateau", "saddle_point", "local_minimum", "undertrained", "data_without_signal"),
    *("stale_batch_statistics",),
)


@rule(stage="training", explains=CAUSES)
def loss_not_finite(run: Run) -> tuple[Finding, ...] | Missing:
    """The loss, a gradient or a weight turned to NaN or infinity.

    What it finds:
        The first step at which a number of the training is no number any more, and the layers in which it was seen there.

    Why it hurts:
        Every update with such a gradient makes the weights NaN, and nothing brings them back. The hidden form is worse:
        a ReLU on a CPU turns NaN into 0, so the loss can stay at a harmless number while the first kernel is all NaN.

    Evidence:
        The logged training and validation loss, the gradient norm and the weight norm of every variable.

    Threshold:
        None: a number is finite or it is not. Critical where it lasts to the end of the run; info where only single
        gradients overflowed and the training went on, as dynamic loss scaling in half precision does on purpose, the last one
        too, if loss and weights are finite after it; warning where only the validation loss is not finite.

    Remedy:
        Scale the inputs, initialize for the activation, lower the learning rate or clip the gradients; look for NaN in
        the data.

    False alarms:
        None in 40 healthy programs, none possible in a run whose numbers stay finite.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 4.1 (overflow and underflow).
    """
    if not {"loss", *MEASURED} & set(run.quantities):
        return Missing("needs the loss, or the norms of gradients and weights")
    events = _events(run)
    if not events:
        return _validation(run)
    start, what, place = min(events)
    lasting = any(_lasts(run, quantity, where) for _, quantity, where in events)
    layers = _layers(run, {place for step, _, place in events if step == start})
    subject = "loss" if what == "loss" else f"{what.replace('_', ' ')} of {place}"
    fate = "and stayed so to the end" if lasting else "and was finite again later, so the training went on"
    return (
        Finding(
            "loss_not_finite",
            "critical" if lasting else "info",
            "training",
            f"The {subject} was not finite at step {start}, {fate}.{_data(run)}",
            layers,
            {"first_step": start, "places": len({place for _, _, place in events})},
            _tips(run) if lasting else (),
        ),
    )


def _tips(run: Run) -> tuple[str, ...]:
    return ("repair_data",) if _data(run) else ("lower_learning_rate", "scale_inputs", "he_initialization", "clip_gradients")


def _events(run: Run) -> list[tuple[int, str, str]]:
    """(first step, quantity, place) of everything in the training that was not finite at some step."""
    spots = [("loss", "train"), *((name, place) for name in MEASURED if name in run.quantities for place in run.places(name))]
    events = []
    for quantity, place in spots:
        broken = _broken(run, quantity, place)
        if broken.any():
            events.append((int(run.series(quantity, place)[0][broken.argmax()]), quantity, place))
    return events


def _lasts(run: Run, quantity: str, place: str) -> bool:
    """Whether a place is broken at the end; one overflow of a gradient is not yet the end if nothing else came of it."""
    broken = _broken(run, quantity, place)
    if quantity != "gradient_norm" or len(broken) < 2 or not broken[-1] or broken[-2]:
        return bool(broken[-1])
    others = [run.values("loss", "train"), run.values("weight_norm", place)]
    return not all(len(values) and np.isfinite(values[-1]) for values in others)


def _broken(run: Run, quantity: str, place: str) -> np.ndarray:
    return ~np.isfinite(run.values(quantity, place))


def _layers(run: Run, variables: set[str]) -> tuple[str, ...]:
    """The layers of these variables, unless that is all of them: then none is to blame."""
    layers: list[LayerFact] = [layer for layer in checked_fact(run, "layers") or () if layer["variables"]]
    blamed = tuple(layer["name"] for layer in layers if variables & set(layer["variables"]))
    return blamed if len(blamed) < len(layers) else ()


def _data(run: Run) -> str:
    """What the data have to do with it."""
    facts = [*(checked_fact(run, "inputs") or ()), *(checked_fact(run, "targets") or ())]
    count = sum(fact["non_finite"] for fact in facts)
    rows = max((fact["rows"] for fact in facts), default=0)
    cure = "remove or repair those rows first."
    return (
        f" Of the data, NaN or infinity stands {count} time{'s'[: count != 1]} in {rows} rows looked at: {cure}"
        if count
        else ""
    )


def _validation(run: Run) -> tuple[Finding, ...]:
    broken = _broken(run, "loss", "validation")
    if not broken.any():
        return ()
    step = int(run.series("loss", "validation")[0][broken.argmax()])
    message = (
        f"The validation loss was not finite at step {step}, while the training loss was. Look for NaN in the validation data."
    )
    return (Finding("loss_not_finite", "warning", "training", message, (), {"first_step": step}),)
