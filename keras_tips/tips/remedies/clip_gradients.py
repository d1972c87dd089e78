"""Gradients of limited length."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.optimizer_plan import optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip

__all__ = ["clip_gradients"]


@Tip.of(
    treats=("exploding_gradient", "loss_not_finite", "oscillating_loss", "learning_rate_too_high"),
    choices={"norm": (0.1, 1.0, 10.0)},
)
def clip_gradients(experiment: Experiment, norm: float = 1.0) -> Experiment:
    """Shortens gradients that are longer than `norm`, all weights' taken together.

    Why: a loss surface may have cliffs, where the gradient is a thousand times longer than elsewhere. One step from there
    throws away what training has reached. Shortened, it still points where it did.

    When: gradients grow by orders of magnitude, or a rare batch makes the loss jump; recurrent networks. Clipping does not
    cure a bad scale of inputs or weights, it only limits the damage.

    Formula: g <- g * min(1, norm / |g|), where |g| is the length of the gradients of all weights as one vector.

    Clipping per weight or per layer, which changes the direction, is replaced.

        keras.optimizers.SGD(0.1, global_clipnorm=1.0)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("clip_gradients").apply(Experiment({}, {"optimizer": "sgd"})).compile["optimizer"]["config"]["global_clipnorm"]
    1.0

    Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013.
    """
    check_number("norm", norm, 0.0, low_open=True)
    optimizer = optimizer_of(experiment)
    clipping = {"clipnorm": None, "clipvalue": None, "global_clipnorm": norm}  # Keras allows one of the three
    return with_optimizer(experiment, {**optimizer, "config": {**optimizer["config"], **clipping}})
