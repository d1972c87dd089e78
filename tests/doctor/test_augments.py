import pytest

from keras_tips.doctor.augments import augments


@pytest.mark.parametrize(
    "kind, parameters, so",
    [
        ("RandomFlip", 0, True),
        ("GaussianNoise", 0, True),
        ("MyAugmentation", 0, True),
        ("RandomDense", 9, False),
        ("Dropout", 0, False),
    ],
)
def test_by_the_name_of_its_class(kind, parameters, so):
    assert augments({"kind": kind, "parameters": parameters}) is so
