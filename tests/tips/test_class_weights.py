import numpy as np
import pytest
from sick_experiments import SICK

from keras_tips.tips import get

class_weights = get("class_weights")


@pytest.mark.parametrize("counts", [[90, 10, 0], {0: 90, 1: 10, 2: 0}, np.array([90.0, 10.0, 0.0])])
def test_all_classes_count_alike_together(counts):
    weights = class_weights.apply(SICK, counts=counts).fit["class_weight"]
    assert 90 * weights[0] == pytest.approx(10 * weights[1])
    assert weights[2] == 1.0


@pytest.mark.parametrize("counts", [[5], "90 10", None, [90, -1], [90, 0.5], 3, [90, True]])
def test_refuses_what_counts_no_rows(counts):
    with pytest.raises(ValueError, match=r"Invalid `counts`"):
        class_weights.apply(SICK, counts=counts)
