import pytest
from plain_models import dense, experiment, field, layer

from keras_tips.tips import get

lower_dropout = get("lower_dropout")


@pytest.mark.parametrize("kind", ["Dropout", "ClassicDropout", "SpatialDropout2D", "GaussianDropout"])
def test_halves_rates_of_every_kind(kind):
    assert field(lower_dropout.apply(experiment(layer(kind, "d", rate=0.8), dense("out"))), "rate")["d"] == 0.4


def test_recurrent_layers_too():
    changed = lower_dropout.apply(experiment(layer("LSTM", "m", dropout=0.5, recurrent_dropout=0.0), dense("out")))
    assert (field(changed, "dropout")["m"], field(changed, "recurrent_dropout")["m"]) == (0.25, 0.0)


def test_none_at_all():
    given = experiment(layer("Dropout", "d", rate=0.8), dense("out"))
    assert field(lower_dropout.apply(given, factor=0.0), "rate")["d"] == 0.0
