import pytest
from sick_experiments import SICK

from keras_tips.tips import get

more_epochs = get("more_epochs")


@pytest.mark.parametrize("fit, factor, epochs", [({"epochs": 5}, 3, 15), ({}, 3, 3), ({"epochs": 2}, 1.1, 3)])
def test_more_in_any_case(fit, factor, epochs):
    assert more_epochs.apply(SICK.replace(fit=fit), factor=factor).fit == {"epochs": epochs}
