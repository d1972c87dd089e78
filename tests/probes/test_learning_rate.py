"""The probe alone; tests/callbacks/test_gradient_monitor.py has it inside `fit`."""

from keras_tips.probes import TrainingStep
from keras_tips.probes.quantities.learning_rate import learning_rate


def test_is_that_of_the_step():
    assert learning_rate.measure(TrainingStep((), learning_rate=0.5)) == 0.5
    assert learning_rate.measure(TrainingStep(())) is None
