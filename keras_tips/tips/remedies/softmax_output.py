"""The output of a network that chooses one of several classes."""

from keras_tips._base.arguments import check_choice, check_integer, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.loss_plan import is_sparse, loss_object, one_loss, with_loss
from keras_tips.tips.output_plan import output_layer, with_output
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import width

__all__ = ["softmax_output"]

LOSSES = {"index": "sparse_categorical_crossentropy", "one_hot": "categorical_crossentropy"}


@Tip.of(treats=("output_activation_mismatch", "loss_task_mismatch", "logits_mismatch", "gradient_ascent", "plateau"))
def softmax_output(experiment: Experiment, targets: str = "as_before", classes: int | None = None) -> Experiment:
    """Ends the network with a softmax, and trains it with the cross-entropy: the pair for one class out of several.

    Why: softmax makes the outputs positive and lets them sum to 1, so that they can be the classes' probabilities. The
    cross-entropy of those is what the data's likelihood asks for, and its gradient is simply the error. The squared error of
    a softmax has nearly no gradient where the network is sure of the wrong class.

    When: exclusive classes, and the last activation or the loss is another one.

    Formula: p_k = exp(z_k) / sum over j of exp(z_j); loss = -log p_y; its derivative by z_k is p_k - [k = y].

    `targets`: `"index"` for class numbers, `"one_hot"` for rows with a 1; `"as_before"` takes class numbers where the loss
    took them so far, and else one-hot rows. `classes` sets the number of outputs; None leaves it. Two classes may as well
    have one output and `sigmoid_output`; labels that can hold at once need that.

        keras.layers.Dense(10, activation="softmax"); model.compile("adam", "sparse_categorical_crossentropy")

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> answer = {"class_name": "Dense", "config": {"name": "answer", "units": 10, "activation": "relu"}}
    >>> model = {"class_name": "Sequential", "config": {"name": "net", "layers": [answer]}}
    >>> changed = get("softmax_output").apply(Experiment(model, {"loss": "mse"}))
    >>> changed.model["config"]["layers"][0]["config"]["activation"], changed.compile["loss"]["class_name"]
    ('softmax', 'CategoricalCrossentropy')

    Source: J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs", 1990.
    """
    check_choice("targets", targets, ("as_before", *LOSSES))
    if classes is not None:
        check_integer("classes", classes, low=2)
    loss = one_loss(experiment)
    if classes is None and width(output_layer(experiment.model)) == 1:
        cure = "A softmax over one output is always 1: give classes=2 or more, or take the tip sigmoid_output."
        raise invalid("experiment", "an output of at least two units", 1, cure)
    kind = ("index" if is_sparse(loss) else "one_hot") if targets == "as_before" else targets
    model = with_output(experiment.model, "softmax", classes)
    return with_loss(experiment.replace(model=model), loss_object(LOSSES[kind]))
