"""Targets on the scale at which a network starts."""

from collections.abc import Mapping

from keras_tips._base.arguments import check_number, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import free_name, inserted
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.loss_plan import loss_class, one_loss
from keras_tips.tips.model_plan import ModelPlan, name_of
from keras_tips.tips.output_plan import output_activation
from keras_tips.tips.tip import Tip

__all__ = ["scale_targets"]

# How a loss grows with the scale of its targets.
POWERS = {"MeanSquaredError": 2, "MeanAbsoluteError": 1}
NAME = "scale_targets"


@Tip.of(treats=("targets_not_scaled", "exploding_gradient", "learning_rate_too_high", "loss_not_finite"))
def scale_targets(experiment: Experiment, mean: float, deviation: float) -> Experiment:
    """Lets the network predict scaled targets, and scales its prediction back inside the model.

    Why: a network starts with outputs about 0 of size 1. Where the targets are in the hundreds, the first errors and
    gradients are hundreds of times too large for any usual learning rate, and most of the training goes into the way to
    the mean.

    When: targets of a regression whose mean or deviation is far from 0 and 1.

    Formula: prediction = mean + deviation * f(x); the loss is divided by deviation^2 (squared error) or deviation (absolute
    error). This is the same training as that of f on (y - mean) / deviation, but predictions and metrics stay in the units
    of the targets, and nobody can forget to scale back.

    Needs `mean` and `deviation` of the training targets, one number each. For a mean squared or absolute error behind a last
    layer without activation.

        outputs = keras.layers.Rescaling(y.std(), offset=y.mean())(outputs)
        model.compile("adam", "mse", loss_weights=1 / y.var())

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> answer = {"class_name": "Dense", "config": {"name": "answer", "units": 1, "activation": "linear"}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [answer]}}
    >>> changed = get("scale_targets").apply(Experiment(model, {"loss": "mse"}), mean=150.0, deviation=50.0)
    >>> changed.model["config"]["layers"][1]["config"]["scale"], changed.compile["loss_weights"]
    (50.0, 0.0004)

    Source: C. M. Bishop, "Neural Networks for Pattern Recognition", section 8.2, 1995.
    """
    check_number("mean", mean)
    check_number("deviation", deviation, 0.0, low_open=True)
    power = POWERS.get(loss_class(one_loss(experiment)) or "")
    found = output_activation(experiment.model)
    if power is None or found != "linear":
        cure = "Take linear_output first, or scale the targets by hand: y = (y - mean) / deviation."
        raise invalid("experiment", "a squared or absolute error behind a linear output", (one_loss(experiment), found), cure)
    plan = ModelPlan.of(experiment.model)
    if any(name_of(layer).startswith(NAME) for layer in plan.layers):
        return experiment
    end = name_of(plan.layers[-1]) if plan.sequential else plan.model["config"]["output_layers"]
    while not isinstance(end, str):
        end = end[0]
    name = free_name(NAME, plan.readers)
    scaling = keras_object("layers", "Rescaling", name=name, scale=float(deviation), offset=float(mean))
    given = experiment.compile.get("loss_weights") or 1.0
    given = list(given.values()) if isinstance(given, Mapping) else given
    weight = given[0] if isinstance(given, (list, tuple)) else given
    compiled = {**experiment.compile, "loss_weights": weight / deviation**power}
    return experiment.replace(model=inserted(plan, {end: [scaling]}), compile=compiled)
