"""A mask passes the layer, or the layer heeds it."""

import numpy as np

from keras_tips.testing.arrays import difference, to_numpy
from keras_tips.testing.defect import Defect
from keras_tips.testing.masked import called_with_mask, can_be_masked, some_steps
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.subject import Subject

__all__ = ["mask"]

OTHER_VALUES = 2  # another seed than that of the inputs


def mask(subject: Subject) -> None:
    """What stands at a masked step does not reach outputs that are not masked.

    The last step of the first example is masked, and its values are changed. A layer may hand the mask on: then the outputs
    at unmasked steps stay the same. Or it may use the mask up: then all outputs stay the same. Anything else is a mask that
    got lost silently. A layer that supports no masks is not examined, for Keras itself warns when it meets one.
    """
    told, found = subject.supports_masking, subject.layer.supports_masking
    if told is not None and told is not found:
        raise Defect(f"Expected supports_masking={told}. Received {found}. Set self.supports_masking in the constructor.")
    if not found:
        raise NotExamined("the layer says supports_masking=False; Keras warns when such a layer meets a mask")
    if not can_be_masked(subject):
        raise NotExamined(
            "needs one input of shape (batch, steps, ...) of three axes or more, two steps or more, channels last"
        )
    subject.need_values()
    steps = some_steps(subject.inputs)
    _, made = called_with_mask(subject, subject.layer, subject.inputs, None)
    if any(each is not None for each in made):
        raise NotExamined("the layer makes a mask of its own from its inputs")
    before, passed = called_with_mask(subject, subject.layer, subject.inputs, steps)
    after, _ = called_with_mask(subject, subject.layer, _changed(subject.inputs, steps), steps)
    for output, changed, seen in zip(to_numpy(before), to_numpy(after), passed, strict=True):
        _demand(output, changed, seen)


def _changed(inputs: np.ndarray, steps: np.ndarray) -> np.ndarray:
    changed = inputs.copy()
    place = (slice(None), *np.argwhere(~steps)[0][1:])
    changed[~steps] = np.random.default_rng(OTHER_VALUES).permutation(inputs[place])[:1] + inputs.dtype.type(1)
    return changed


def _demand(output: np.ndarray, changed: np.ndarray, seen: np.ndarray | None) -> None:
    if seen is None:
        words = difference([changed], [output])
        if words is not None:
            cure = "Return the mask from compute_mask, or use the argument `mask` in call."
            told = f"A masked step changes the outputs: {words}"
            raise Defect(f"Expected a mask that is handed on or used. Received none. {told}. {cure}")
        return
    if seen.shape != output.shape[: seen.ndim]:
        raise Defect(f"Expected a mask of shape {output.shape[: seen.ndim]}. Received {seen.shape}. Correct compute_mask.")
    words = difference([changed[seen]], [output[seen]])
    if words is not None:
        cure = "Use the argument `mask` in call wherever steps are mixed; if axis 1 holds no steps, skip this check."
        raise Defect(f"Expected outputs at unmasked steps that masked ones do not change. Received {words}. {cure}")
