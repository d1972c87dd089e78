"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

from keras_tips.probes import TrainingStep
from keras_tips.probes.quantities.batch_loss import batch_loss


def test_is_that_of_the_step():
    assert batch_loss.measure(TrainingStep((), loss=2.0)) == 2.0
    assert batch_loss.measure(TrainingStep(())) is None
