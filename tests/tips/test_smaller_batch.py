import pytest
from sick_experiments import SICK

from keras_tips.tips import get

smaller_batch = get("smaller_batch")


@pytest.mark.parametrize("before, after", [(128, 32), (None, 8), (3, 1), (1, 1)])
def test_a_quarter(before, after):
    assert smaller_batch.apply(SICK.replace(fit={"batch_size": before})).fit == {"batch_size": after}
