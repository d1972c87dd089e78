"""A wider network."""

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.model_plan import LayerConfig, ModelPlan
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import is_convolution, width, width_is_free

__all__ = ["more_units"]


@Tip.of(treats=("capacity_too_low", "dead_units", "undertrained"), choices={"factor": (2, 4, 8)}, repeats=True)
def more_units(experiment: Experiment, factor: float = 4) -> Experiment:
    """Gives hidden layers four times as many units or filters.

    Why: a layer of two units hands on two numbers; what they do not hold no later layer brings back. A network with more
    units than needed is also easier to train: there are more good minima, and more units that begin in the right place.
    What is too much can be held back by dropout or weight decay afterwards.

    When: the network cannot even fit a small batch, or the training result stays poor at any learning rate.

    Formula: the kernel between two widened layers has factor^2 times the weights.

    A layer is widened where its output goes to one Dense or convolution layer, which takes any width. The output layer
    stays. Applying the tip again widens again.

        keras.layers.Dense(64, activation="relu")  # in place of Dense(16)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layers = [{"class_name": "Dense", "config": {"name": name, "units": 2}} for name in ("hidden", "answer")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["config"]["units"] for layer in get("more_units").apply(experiment).model["config"]["layers"]]
    [8, 2]

    Source: C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals, "Understanding deep learning requires rethinking
    generalization", 2017.
    """
    check_number("factor", factor, 1.0, low_open=True)

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        wide = layer["class_name"] in ("Dense", "MaxoutDense") or is_convolution(layer)
        units = width(layer)
        if not wide or units is None or not width_is_free(layer, plan) or layer["config"].get("groups", 1) != 1:
            return layer
        key = "units" if "units" in layer["config"] else "filters"
        return {**layer, "config": {**layer["config"], key: max(units + 1, round(units * factor))}}

    return experiment.replace(model=ModelPlan.of(experiment.model).rewritten(change))
