"""The output of a network that says yes or no, once or for several labels."""

from keras_tips._base.arguments import check_integer, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.loss_plan import is_sparse, loss_object, one_loss, with_loss
from keras_tips.tips.output_plan import output_layer, with_output
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import width

__all__ = ["sigmoid_output"]


@Tip.of(treats=("output_activation_mismatch", "loss_task_mismatch", "logits_mismatch", "gradient_ascent", "plateau"))
def sigmoid_output(experiment: Experiment, units: int | None = None) -> Experiment:
    """Ends the network with sigmoids, and trains it with the binary cross-entropy: the pair for yes and no.

    Why: a sigmoid makes each output a probability by itself. That is right for one yes-or-no question, and for several
    labels that may hold at once; a softmax would let them compete, and over one output it is always 1. With the
    cross-entropy the gradient is the error itself; with the squared error it vanishes where the sigmoid is surely wrong.

    When: targets are 0 or 1, one or several of them a row, and the last activation or the loss is another one.

    Formula: p = 1 / (1 + exp(-z)); loss = -y log p - (1 - y) log(1 - p); its derivative by z is p - y.

    `units` sets the number of outputs; None leaves it, but a pair of outputs that was trained on class numbers becomes one.

        keras.layers.Dense(1, activation="sigmoid"); model.compile("adam", "binary_crossentropy")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> answer = {"class_name": "Dense", "config": {"name": "answer", "units": 1, "activation": "softmax"}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [answer]}}
    >>> changed = get("sigmoid_output").apply(Experiment(model, {"loss": "mse"}))
    >>> changed.model["config"]["layers"][0]["config"]["activation"], changed.compile["loss"]["class_name"]
    ('sigmoid', 'BinaryCrossentropy')

    Source: C. M. Bishop, "Neural Networks for Pattern Recognition", chapter 6, 1995.
    """
    if units is not None:
        check_integer("units", units, low=1)
    elif is_sparse(one_loss(experiment)):
        found = width(output_layer(experiment.model))
        if found is not None and found > 2:
            cure = "Class numbers of more than two classes ask for softmax_output; for several labels make rows of 0 and 1."
            raise invalid("experiment", "targets of 0 and 1", f"class numbers of {found} classes", cure)
        units = 1
    one_loss(experiment)
    model = with_output(experiment.model, "sigmoid", units)
    return with_loss(experiment.replace(model=model), loss_object("binary_crossentropy"))
