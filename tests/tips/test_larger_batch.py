import pytest
from sick_experiments import SICK

from keras_tips.tips import get

larger_batch = get("larger_batch")


@pytest.mark.parametrize("before, factor, after", [(8, 4, 32), (None, 4, 128), (1, 1.2, 2)])
def test_larger_in_any_case(before, factor, after):
    assert larger_batch.apply(SICK.replace(fit={"batch_size": before}), factor=factor).fit == {"batch_size": after}
