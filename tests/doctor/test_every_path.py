import pytest
from doctor_runs import layer

from keras_tips.doctor.every_path import every_path


def graph(ends, **reads):
    return [layer(name, inbound=inbound, output=name in ends) for name, inbound in reads.items()]


@pytest.mark.parametrize(
    "layers, passed",
    [
        (graph("c", a=["in"], b=["a"], c=["b"]), "abc"),
        (graph("d", a=["in"], b=["a"], c=["a"], d=["b", "c"]), "ad"),
        (graph("d", a=["in"], b=["a"], d=["a", "b"]), "ad"),  # residual
        (graph("bc", a=["in"], b=["a"], c=["a"]), "a"),  # two outputs
        (graph("c", a=["in"], b=["other"], c=["a", "b"]), "c"),  # two inputs
        (graph("c", a=[], b=[], c=[]), "c"),  # nobody knows
        (graph("", a=["in"], b=["a"]), ""),
        (graph("b", a=["a", "b"], b=["a"]), "ab"),  # a ring
        ([], ""),
    ],
)
def test_what_no_path_leaves_out(layers, passed):
    assert every_path(layers) == set(passed)
