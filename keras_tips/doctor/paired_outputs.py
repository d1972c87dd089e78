"""Which target each output of the model has to meet."""

from collections.abc import Sequence

from keras_tips.doctor.checked_fact import checked_fact
from keras_tips.records.facts import OutputFact, TargetFact
from keras_tips.records.run import Run

__all__ = ["paired_outputs"]


def paired_outputs(run: Run, which: str = "targets") -> list[tuple[OutputFact, TargetFact | None]]:
    """Returns each output with its target: by name where the names agree, else by position; None where there is none.

    Args:
        run: that knows them.
        which: the fact, `"targets"` or `"validation_targets"`.
    """
    outputs: Sequence[OutputFact] = checked_fact(run, "outputs") or ()
    targets: Sequence[TargetFact] = checked_fact(run, which) or ()
    by_name = {target["name"]: target for target in targets}
    if any(output["name"] in by_name for output in outputs):
        return [(output, by_name.get(output["name"])) for output in outputs]
    if len(outputs) != len(targets):
        return [(output, None) for output in outputs]
    return list(zip(outputs, targets, strict=True))
