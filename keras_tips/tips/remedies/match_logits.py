"""A loss that takes what the last layer gives."""

from typing import Any

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.loss_plan import loss_class, loss_object, one_loss, with_loss
from keras_tips.tips.output_plan import output_activation, output_layer, with_output
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import width

__all__ = ["match_logits"]

# Losses that know `from_logits`, and the activation that turns logits into what they take otherwise.
FITTING = {
    "BinaryCrossentropy": "sigmoid",
    "BinaryFocalCrossentropy": "sigmoid",
    "CategoricalCrossentropy": "softmax",
    "CategoricalFocalCrossentropy": "softmax",
    "SparseCategoricalCrossentropy": "softmax",
}
PREDICTIONS = ("probabilities", "logits")


@Tip.of(treats=("logits_mismatch", "output_activation_mismatch", "loss_not_finite"), choices={"predictions": PREDICTIONS})
def match_logits(experiment: Experiment, predictions: str = "probabilities") -> Experiment:
    """Makes last activation and loss agree on whether the network gives probabilities or logits.

    Why: a cross-entropy takes the logarithm of a probability. Logits that are taken for probabilities are clipped to [0, 1],
    and where they are clipped there is no gradient. Probabilities that are taken for logits go through a second softmax,
    which can never be sure: the loss stays high and the gradient small. TensorFlow repairs the second case silently, JAX
    and PyTorch do not.

    When: `from_logits=True` behind a softmax or sigmoid, or `from_logits=False` behind a layer without one.

    Formula: with logits z, loss = -z_y + log(sum over k of exp(z_k)), which is -log(softmax(z)_y) without its rounding.

    Where they disagree, `predictions="probabilities"` lets the model end with the softmax or sigmoid of its loss and sets
    `from_logits=False`; `"logits"` lets it end without and sets `from_logits=True`. A last activation that is neither, such
    as relu, is replaced as well; where two units share a sigmoid under a softmax's loss, softmax takes its place. A pair
    that agrees stays. Note that the metric `accuracy` of one output expects a probability.

        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))  # behind Dense(10)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> answer = {"class_name": "Dense", "config": {"name": "answer", "units": 3, "activation": "linear"}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [answer]}}
    >>> changed = get("match_logits").apply(Experiment(model, {"loss": "categorical_crossentropy"}), predictions="logits")
    >>> changed.compile["loss"]["config"]
    {'from_logits': True}

    Source: I. Goodfellow, Y. Bengio, A. Courville, "Deep Learning", section 6.2.2, 2016.
    """
    check_choice("predictions", predictions, PREDICTIONS)
    found, loss = output_activation(experiment.model), one_loss(experiment)
    fitting = FITTING.get(loss_class(loss) or "")
    if fitting is None:
        cure = "Take softmax_output, sigmoid_output or linear_output, which choose the loss as well."
        raise invalid("experiment", f"one of the losses {', '.join(FITTING)}", loss, cure)
    if fitting == "softmax" and width(output_layer(experiment.model)) == 1:
        cure = "A softmax over one output is always 1: take sigmoid_output, or softmax_output with classes=2 or more."
        raise invalid("experiment", "an output of at least two units", 1, cure)
    logits = _from_logits(loss)
    if found == ("linear" if logits else fitting):
        return experiment
    activation = fitting if predictions == "probabilities" else "linear"
    changed = experiment if found == activation else experiment.replace(model=with_output(experiment.model, activation))
    expected = predictions == "logits"
    return changed if logits == expected else with_loss(changed, loss_object(loss, from_logits=expected))


def _from_logits(loss: Any) -> bool:
    config = loss.get("config") if isinstance(loss, dict) else None
    return bool(config.get("from_logits", False)) if isinstance(config, dict) else False
