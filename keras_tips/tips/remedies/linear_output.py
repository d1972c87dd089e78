"""The output of a network that predicts amounts."""

from keras_tips._base.arguments import check_choice, check_integer
from keras_tips.records.experiment import Experiment
from keras_tips.tips.loss_plan import is_sparse, loss_object, one_loss, with_loss
from keras_tips.tips.output_plan import with_output
from keras_tips.tips.tip import Tip

__all__ = ["linear_output"]

LOSSES = ("mean_squared_error", "mean_absolute_error", "huber")


@Tip.of(treats=("output_activation_mismatch", "loss_task_mismatch", "gradient_ascent"), choices={"loss": LOSSES})
def linear_output(experiment: Experiment, loss: str = "mean_squared_error", units: int | None = None) -> Experiment:
    """Ends the network without an activation, and trains it with the squared error: the pair for amounts.

    Why: a sigmoid never gives 2, and a relu never -1; targets outside of what the last activation reaches cannot be learned,
    and at its border there is no gradient. The squared error asks for the mean of the targets at each input. The
    cross-entropy is made for probabilities.

    When: a regression whose last activation bounds the output, or whose loss is one for classes.

    Formula: y = w . h + b; loss = mean of (y - target)^2.

    `loss`: `"mean_squared_error"`; `"mean_absolute_error"` asks for the median and bears outliers; `"huber"` lies between.
    `units` sets the number of outputs; None leaves it, but an output that was trained on class numbers becomes one.

        keras.layers.Dense(1); model.compile("adam", "mean_squared_error")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> answer = {"class_name": "Dense", "config": {"name": "answer", "units": 1, "activation": "relu"}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [answer]}}
    >>> changed = get("linear_output").apply(Experiment(model, {"loss": "mse"}))
    >>> changed.model["config"]["layers"][0]["config"]["activation"], changed.compile["loss"]["class_name"]
    ('linear', 'MeanSquaredError')

    Source: C. M. Bishop, "Neural Networks for Pattern Recognition", chapter 6, 1995.
    """
    check_choice("loss", loss, LOSSES)
    if units is not None:
        check_integer("units", units, low=1)
    elif is_sparse(one_loss(experiment)):
        units = 1
    one_loss(experiment)
    model = with_output(experiment.model, "linear", units)
    return with_loss(experiment.replace(model=model), loss_object(loss))
