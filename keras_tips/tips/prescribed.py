"""A diagnosis with a line of code for what to try first."""

from dataclasses import replace

from keras_tips.records.diagnosis import Diagnosis
from keras_tips.tips.catalogue import get, names

__all__ = ["prescribed"]


def prescribed(diagnosis: Diagnosis) -> Diagnosis:
    """Returns the diagnosis with the line of code of each finding's first tip.

    Args:
        diagnosis: from rules, which do not know what tips do.

    >>> from keras_tips.records import Finding
    >>> finding = Finding("overfitting", "warning", "generalization", "It overfits.", tips=("early_stopping",))
    >>> prescribed(Diagnosis((finding,), "generalization")).findings[0].code
    'keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)'
    """
    known = set(names())
    findings = [
        replace(finding, code=get(finding.tips[0]).code) if finding.tips and finding.tips[0] in known else finding
        for finding in diagnosis.findings
    ]
    return replace(diagnosis, findings=tuple(findings))
