"""The probe alone; tests/callbacks/test_activation_monitor.py has it inside `fit`."""

import numpy as np
import pytest
from keras import ops

from keras_tips.probes import LayerStep
from keras_tips.probes.quantities.idle_pieces import idle_pieces

pytestmark = pytest.mark.backend


def test_a_piece_is_idle_that_wins_no_example():
    winners = ops.array([[0, 1], [2, 1]], "int32")  # two examples, two units: pieces 1 of the first, 0 and 2 of the second
    won = ops.convert_to_numpy(idle_pieces.measure(LayerStep(ops.ones((2, 2)), winners=winners, pieces=3)))
    assert won.tolist() == [True, False, False, True, True, False]  # of each piece, its units
    assert idle_pieces.fold(won[None].astype("float32")) == pytest.approx(0.5)


def test_a_piece_that_won_once_is_not_idle():
    assert idle_pieces.fold(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])) == pytest.approx(1 / 3)


def test_without_pieces_there_is_nothing_to_measure():
    assert idle_pieces.measure(LayerStep(ops.ones((2, 2)))) is None
