"""Over twenty seeds each planted defect is named, and nothing healthy is."""

import keras
import numpy as np
import pytest
from planted_dropout import Scaled, WholeRows, sick_layers

from keras_tips.layers import ClassicDropout
from keras_tips.probes.dropout_calls import recorded_calls
from keras_tips.probes.dropout_draws import measured_gains
from keras_tips.probes.dropout_layers import dropout_layers
from keras_tips.probes.dropout_verdict import verdict_of
from keras_tips.probes.without_trace import without_trace

layers = keras.layers


def verdicts(parts, seed, draws=24):
    """Of dropout layers that stand beside each other, not one behind the other."""
    inputs = keras.Input((20,))
    model = keras.Model(inputs, [part(inputs) for part in parts])
    x = keras.ops.convert_to_tensor(np.random.default_rng(seed).normal(0.3, 1, (24, 20)).astype("float32"))
    with without_trace(model):
        calls = recorded_calls(model, x, dropout_layers(model))
        found = {call.dropout.layer: verdict_of(call.dropout, measured_gains(call, draws), call.training)[0] for call in calls}
    return [found[part] for part in parts]


@pytest.mark.parametrize("seed", range(20))
def test_each_planted_defect_is_named(seed):
    parts, names = zip(*sick_layers(seed), strict=True)
    assert verdicts(parts, seed) == list(names)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_healthy_is_called_ill(seed):
    healthy = [
        kind(rate, seed=seed) for kind in (layers.Dropout, ClassicDropout, layers.GaussianDropout) for rate in (0.1, 0.5, 0.8)
    ]
    healthy += [layers.AlphaDropout(0.2, seed=seed), WholeRows(0.2, seed=seed), WholeRows(0.6, seed=seed), Scaled(seed=seed)]
    assert verdicts(healthy, seed) == ["healthy"] * len(healthy)
