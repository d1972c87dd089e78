"""From a run to its diagnosis, with the code for what to try first."""

from collections.abc import Iterable

from keras_tips.doctor.diagnose import diagnose as examined
from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.run import Run
from keras_tips.tips.prescribed import prescribed

__all__ = ["diagnose"]


def diagnose(run: Run, rules: str | Iterable[str] = "all") -> Diagnosis:
    """Returns what the rules find in a run, root cause first. Imports no framework, and changes nothing.

    The recipe's order is law: as long as a finding of an earlier step is serious, findings about generalization are not
    given as warnings. They are listed as not examined, with the reason.

    Args:
        run: a recorded run, from a monitor or from `load_run`.
        rules: `"all"`, or names of rules.

    Raises:
        ValueError: `run` is no `Run`, or a rule is unknown.

    Example:

    >>> from keras_tips.records import Record, Run
    >>> losses = {"quantity": "loss", "places": ["train"], "steps": [9, 19], "values": [[2.3], [float("nan")]]}
    >>> diagnosis = diagnose(Run((Record("series", losses),)))
    >>> diagnosis.findings[0].rule, diagnosis.stage
    ('loss_not_finite', 'training')
    """
    return prescribed(examined(run, rules), run)
