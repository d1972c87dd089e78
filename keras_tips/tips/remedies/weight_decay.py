"""Weights that shrink a little at each step."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.optimizer_plan import optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip

__all__ = ["weight_decay"]

SPARED = ("bias", "gamma", "beta")  # biases, and the scales and shifts of normalizations


@Tip.of(treats=("overfitting", "overtraining"), choices={"rate": (0.0001, 0.001, 0.01, 0.1)})
def weight_decay(experiment: Experiment, rate: float = 0.01) -> Experiment:
    """Lets the optimizer shrink every kernel a little at each step, and no bias.

    Why: what the data do not ask for decays; only what keeps paying off stays. Small weights make smooth functions, which
    change little where inputs change little. As part of the step rather than of the loss it works with Adam as it does
    with gradient descent, where a penalty would be divided by the size of the gradients.

    When: training is good and validation clearly worse. Deep networks get about the same from stopping early.

    Formula: w <- w - learning_rate * rate * w, besides the step of the gradient.

    Biases, and scales and shifts of normalizations, are spared: they hold no function back from being smooth.

        optimizer = keras.optimizers.AdamW(0.001, weight_decay=0.01)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> changed = get("weight_decay").apply(Experiment({}, {"optimizer": "adam"}), rate=0.001)
    >>> changed.compile["optimizer"]["config"], changed.undecayed
    ({'weight_decay': 0.001}, ('bias', 'gamma', 'beta'))

    Source: I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", 2019.
    """
    check_number("rate", rate, 0.0, low_open=True)
    optimizer = optimizer_of(experiment)
    changed = with_optimizer(experiment, {**optimizer, "config": {**optimizer["config"], "weight_decay": rate}})
    return changed.replace(undecayed=tuple(dict.fromkeys((*experiment.undecayed, *SPARED))))
