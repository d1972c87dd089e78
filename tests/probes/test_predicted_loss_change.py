"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import ops

from keras_tips.probes import TrainingStep, VariableStep
from keras_tips.probes.quantities.predicted_loss_change import predicted_loss_change

pytestmark = pytest.mark.backend


def test_is_the_change_of_a_loss_that_is_a_plane():
    rng = np.random.default_rng(0)
    slopes, before, after = ([rng.normal(size=shape).astype("float32") for shape in ((3, 2), (4,))] for _ in range(3))
    step = TrainingStep(tuple(map(VariableStep, *([ops.array(each) for each in part] for part in (slopes, before, after)))))
    loss = lambda values: sum(np.sum(slope * value) for slope, value in zip(slopes, values, strict=True))  # noqa: E731
    assert float(predicted_loss_change.measure(step)) == pytest.approx(loss(after) - loss(before), rel=1e-4)


def test_nothing_trainable_predicts_nothing():
    assert predicted_loss_change.measure(TrainingStep(())) is None
