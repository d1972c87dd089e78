"""Rule: from_logits is wrong."""

from collections.abc import Sequence

import numpy as np

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.doctor.loss_kinds import BINARY, CATEGORICAL, CROSS_ENTROPIES
from keras_tips.doctor.missing import Missing
from keras_tips.doctor.paired_outputs import paired_outputs
from keras_tips.doctor.rule import rule
from keras_tips.doctor.suffering import Suffering, suffering
from keras_tips.records.facts import OutputFact, TargetFact
from keras_tips.records.finding import Finding
from keras_tips.records.run import Run

__all__ = ["logits_mismatch"]

# Activations that give numbers of any size, so logits at best. What is bounded on one side only, as relu is, gives neither
# logits nor probabilities, which is another ailment.
UNBOUNDED = ("linear", "leaky_relu", "prelu", "selu", "gelu", "silu", "swish", "mish", "celu")
SQUASHED = ("softmax", "sigmoid", "hard_sigmoid", "sparsemax")
ROUNDING = 1e-3  # by which sums of probabilities may differ from 1, in half precision
SAME = 1e-3  # relative difference up to which two losses are one, but for float32's sums
APART = 1e-2  # relative difference from which probabilities and logits are told apart by their cross-entropies
RESCUED = ("softmax", "sigmoid")  # TensorFlow's Keras remembers what went into these
CAUSES = (
    *("learning_rate_too_high", "exploding_gradient", "loss_not_finite", "dead_units", "saturated_units", "vanishing_gradient"),
    *("capacity_too_low", "learning_rate_too_low", "oscillating_loss", "plateau", "saddle_point", "local_minimum"),
    *("undertrained", "data_without_signal"),
)


@rule(stage="setup", explains=CAUSES)
def logits_mismatch(run: Run) -> tuple[Finding, ...] | Missing:
    """The loss takes the outputs for probabilities and they are logits, or the reverse.

    What it finds:
        A cross-entropy with `from_logits=False` behind an output of any size, and one with `from_logits=True` behind a softmax
        or sigmoid; and a loss of one's own that does the same.

    Why it hurts:
        Numbers below 0 and above 1 are cut off to be probabilities, so there is no gradient where the output is most wrong,
        and the outputs stay no probabilities. The reverse squashes twice: probabilities of 0 and 1 count as logits, of which
        even the best leave a loss of ln(1 + (C - 1) / e), and gradients stay small.

    Evidence:
        The last activation, or outputs that all add up to 1; and the loss with its `from_logits`. Of a loss of one's own, what
        it is on the rows that were looked at, beside both cross-entropies of the same outputs.

    Threshold:
        The contract is exact. Logits taken for probabilities are critical; a warning where training does well nonetheless.
        Squashing twice is a warning; info where training does well, and on TensorFlow, where Keras finds the logits
        behind a softmax or sigmoid by itself. An own loss is told by its values, to a thousandth, where the two cross-entropies
        lie a hundredth apart at least.

    Remedy:
        A softmax or sigmoid output with `from_logits=False`, or a linear output with `from_logits=True`.

    False alarms:
        Linear outputs with `from_logits=True`, and linear outputs for regression are healthy. Outputs whose last layer is of a
        kind that is not known here are only judged where they were seen to add up to 1.

    References:
        Goodfellow, Bengio, Courville: Deep Learning, 2016, section 6.2.2.
    """
    if checked_fact(run, "outputs") is None:
        return Missing("needs the outputs of the model")
    backend = (checked_fact(run, "model") or {}).get("backend", "")
    state = suffering(run)
    findings = (
        _of_output(output, target, backend, state, _gives_probabilities(run, output)) for output, target in paired_outputs(run)
    )
    known = tuple(finding for finding in findings if finding is not None)
    return known or _of_own_loss(run, checked_fact(run, "outputs"), state)


def _of_own_loss(run: Run, outputs: Sequence[OutputFact], state: Suffering) -> tuple[Finding, ...]:
    """A loss of one's own that has the values of a cross-entropy of logits, where the outputs are probabilities."""
    if len(outputs) != 1 or (outputs[0]["from_logits"] is not None and outputs[0]["loss"] in CROSS_ENTROPIES):
        return ()
    output = outputs[0]
    own = run.values("inference_loss", "train")
    plain, twice = (run.values(name, output["name"]) for name in ("cross_entropy", "cross_entropy_as_logits"))
    if not len(own) == len(plain) == len(twice) or not len(own) or not np.isfinite([own, plain, twice]).all():
        return ()
    told = np.abs(plain - twice) > APART * twice
    if not told.any() or (np.abs(own - twice) > SAME * twice)[told].any():
        return ()
    text = (
        f"The output {output['name']!r} ends with {output['activation'] or 'probabilities'}, and {output['loss']} takes its "
        f"probabilities for logits: on the rows that were looked at it is {own[-1]:.3g}, as their cross-entropy is when they "
        f"are squashed once more, and {plain[-1]:.3g} when they are not"
    )
    return (_made(output, state.severity(), text + state.ending(), ("match_logits",), 0.95),)


def _gives_probabilities(run: Run, output: OutputFact) -> bool:
    """Whether all outputs that were seen are distributions over the classes, whatever layer they come from."""
    seen = run.values("probability_error", output["name"])
    return len(seen) > 0 and bool((seen <= ROUNDING).all())


def _of_output(
    output: OutputFact, target: TargetFact | None, backend: str, state: Suffering, probabilities: bool
) -> Finding | None:
    if output["loss"] not in CROSS_ENTROPIES or output["from_logits"] is None:
        return None
    if output["from_logits"]:
        squashed = output["activation"] in SQUASHED or probabilities
        return _squashed_twice(output, backend, state) if squashed else None
    lone = output["units"] == 1 and output["loss"] in CATEGORICAL
    if output["activation"] not in UNBOUNDED or lone or _numbers(target):
        return None  # one unit, or targets that are no classes, are matters of the loss
    return _taken_for_probabilities(output, state)


def _numbers(target: TargetFact | None) -> bool:
    """Whether targets can be no classes and no probabilities."""
    return target is not None and not target["integer"] and (target["minimum"] < 0 or target["maximum"] > 1)


def _taken_for_probabilities(output: OutputFact, state: Suffering) -> Finding:
    binary = output["loss"] in BINARY
    text = (
        f"The output {output['name']!r} gives numbers of any size ({output['activation']}), and {output['loss']} takes them "
        f"for probabilities (from_logits=False){state.ending(certain=True)}"
    )
    tips = ("sigmoid_output" if binary else "softmax_output", "match_logits")
    severity = "warning" if state.poor is False else "critical"
    return _made(output, severity, text, tips, 0.95)


def _squashed_twice(output: OutputFact, backend: str, state: Suffering) -> Finding:
    end = output["activation"] or "probabilities"
    text = (
        f"The output {output['name']!r} ends with {end}, and {output['loss']} takes its probabilities for logits "
        "(from_logits=True)"
    )
    if backend == "tensorflow" and output["activation"] in RESCUED:
        text += "; on this backend Keras finds the logits behind the activation, so no harm is done, as it would be on others."
        return _made(output, "info", text, ("match_logits",), 0.95)
    return _made(output, state.severity(), text + state.ending(), ("match_logits",), 0.95)


def _made(output: OutputFact, severity: str, text: str, tips: tuple[str, ...], sure: float) -> Finding:
    evidence = {"units": float(output["units"] or 0), "from_logits": float(bool(output["from_logits"]))}
    return Finding("logits_mismatch", severity, "setup", text, (output["layer"],), evidence, tips, sure)
