"""Steps that remember where they came from."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.optimizer_plan import optimizer_of, with_optimizer
from keras_tips.tips.tip import Tip

__all__ = ["momentum"]


@Tip.of(
    treats=("plateau", "saddle_point", "local_minimum", "learning_rate_too_low", "oscillating_loss", "undertrained"),
    choices={"amount": (0.8, 0.9, 0.95)},
)
def momentum(experiment: Experiment, amount: float = 0.9) -> Experiment:
    """Gives gradient descent a momentum of 0.9, with Nesterov's look ahead.

    Why: in a long narrow valley gradients point mostly across it, first one way and then the other. Added up, what is across
    cancels and what is along the valley grows. Like a ball, the weights also roll over a flat place or a small dent.

    When: the loss stands on a plateau, or swings across a valley while it falls slowly.

    Formula: v <- amount * v - rate * g; w <- w + v. Along a constant gradient the step grows to 1 / (1 - amount) times that
    without momentum: ten times with 0.9. Nesterov's form takes the gradient where the momentum leads.

    Optimizers that have a momentum of their own (Adam and its like) are left alone.

        keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("momentum").apply(Experiment({}, {"optimizer": "sgd"})).compile["optimizer"]["config"]
    {'momentum': 0.9, 'nesterov': True}

    Source: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum in deep
    learning", 2013.
    """
    check_number("amount", amount, 0.0, 1.0, low_open=True, high_open=True)
    optimizer = optimizer_of(experiment)
    if optimizer["class_name"] not in ("SGD", "RMSprop"):
        return experiment
    added = {"momentum": amount} | ({"nesterov": True} if optimizer["class_name"] == "SGD" else {})
    return with_optimizer(experiment, {**optimizer, "config": {**optimizer["config"], **added}})
