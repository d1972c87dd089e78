"""A diagnosis with a line of code for what to try first."""

from dataclasses import replace

from keras_tips.records.diagnosis import Diagnosis
from keras_tips.records.run import Run
from keras_tips.tips.catalogue import names
from keras_tips.tips.code_for_run import code_for_run

__all__ = ["prescribed"]


def prescribed(diagnosis: Diagnosis, run: Run) -> Diagnosis:
    """Returns the diagnosis with the line of code of each finding's first tip.

    Args:
        diagnosis: from rules, which do not know what tips do.
        run: that it is of.

    >>> from keras_tips.records import Finding, Run
    >>> finding = Finding("overfitting", "warning", "generalization", "It overfits.", tips=("early_stopping",))
    >>> prescribed(Diagnosis((finding,), "generalization"), Run()).findings[0].code
    'keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)'
    """
    known = set(names())
    findings = [
        replace(finding, code=code_for_run(finding.tips[0], run)) if finding.tips and finding.tips[0] in known else finding
        for finding in diagnosis.findings
    ]
    return replace(diagnosis, findings=tuple(findings))
