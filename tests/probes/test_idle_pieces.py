"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.idle_pieces import idle_pieces

pytestmark = pytest.mark.backend


def test_a_piece_is_idle_that_wins_no_example():
    winners = ops.array([[0, 1], [2, 1]], "int32")  # two examples, two units: pieces 1 of the first, 0 and 2 of the second
    step = LayerStep(ops.ones((2, 2)), winners=winners, pieces=3)
    assert float(idle_pieces.measure(step)) == pytest.approx(0.5)


def test_without_pieces_there_is_nothing_to_measure():
    assert idle_pieces.measure(LayerStep(ops.ones((2, 2)))) is None
