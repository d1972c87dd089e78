import pytest
from plain_models import dense, experiment, field, functional, layer

from keras_tips.records import Experiment
from keras_tips.tips import get

more_units = get("more_units")


def test_widens_what_leads_into_layers_that_take_any_width():
    given = experiment(
        layer("Conv2D", "a", filters=3), layer("MaxPooling2D", "p"), layer("Flatten", "f"), dense("b", units=2), dense("out")
    )
    changed = more_units.apply(given, factor=2)
    assert (field(changed, "filters")["a"], field(changed, "units")["b"], field(changed, "units")["out"]) == (6, 4, 16)


@pytest.mark.parametrize("follower", [layer("Reshape", "r"), layer("LSTM", "r"), layer("ResidualBlock", "r", filters=16)])
def test_a_width_that_another_layer_relies_on_stays(follower):
    given = experiment(dense("a"), follower, dense("out"))
    assert more_units.apply(given) == given


def test_terms_of_a_sum_stay():
    model = functional(
        (layer("InputLayer", "x"), []),
        (dense("a"), ["x"]),
        (layer("Add", "sum"), ["a", "x"]),
        (dense("out"), ["sum"]),
        outputs=["out"],
    )
    assert more_units.apply(Experiment(model, {})) == Experiment(model, {})


def test_one_unit_more_at_least():
    assert field(more_units.apply(experiment(dense("a", units=2), dense("out")), factor=1.1), "units")["a"] == 3
