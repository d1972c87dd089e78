"""A shallower network."""

from typing import Any

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import called_once, followers, in_every_model, without
from keras_tips.tips.model_plan import ACTIVATION_LAYERS, NOISES, NORMALIZATIONS, POOLINGS, LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip
from keras_tips.tips.widths import TAKING_ANY, is_convolution, width, width_before, width_is_free

__all__ = ["fewer_layers"]

# What belongs to a layer and goes with it.
BELONGING = frozenset(("Activation", *ACTIVATION_LAYERS, *NOISES, *NORMALIZATIONS))


@Tip.of(
    treats=("depth_degradation", "vanishing_gradient", "overfitting", "exploding_gradient"),
    choices={"share": (0.25, 0.5, 0.75)},
    repeats=True,
)
def fewer_layers(experiment: Experiment, share: float = 0.5) -> Experiment:
    """Takes out half of the hidden layers that can go, the last ones first, with what belongs to them.

    Why: each layer multiplies signals and gradients once more, and has to be learned. More of them than the task needs make
    training harder, and give an overfitting network more to learn by heart.

    When: the network trains worse than its own first layers would alone; or a deep network on few rows overfits. Where depth
    is wanted, try `residual` and `batch_normalization` first.

    A layer can go where the next one takes any width, or the widths before and behind it are equal; its activation,
    normalization and dropout go with it. The first hidden layer and the output layer stay. Applying the tip again halves
    again.

        keras.Sequential([*layers[:3], layers[-1]])  # in place of layers[:6]

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layers = [{"class_name": "Dense", "config": {"name": name, "units": 8}} for name in ("a", "b", "c", "d", "e", "answer")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["config"]["name"] for layer in get("fewer_layers").apply(experiment).model["config"]["layers"]]
    ['a', 'b', 'c', 'answer']

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", 2016.
    """
    check_number("share", share, 0.0, 1.0, low_open=True)

    def edit(plan: ModelPlan, ends: frozenset[str]) -> dict[str, Any]:
        hidden = [layer for layer in plan.layers if layer["class_name"] in TAKING_ANY and name_of(layer) not in ends]
        leaving = [layer for layer in hidden[1:] if _can_go(layer, plan)]
        count = min(len(leaving), max(1, round(share * len(leaving))))
        gone = [part for layer in leaving[len(leaving) - count :] for part in (layer, *followers(layer, plan, BELONGING))]
        return without(plan, {name_of(layer) for layer in gone} - ends) if gone else plan.with_layers(list(plan.layers))

    return experiment.replace(model=in_every_model(experiment.model, edit))


def _can_go(layer: LayerConfig, plan: ModelPlan) -> bool:
    if not called_once(layer) or len(plan.sources[name_of(layer)]) != 1:
        return False
    last = [layer, *followers(layer, plan, BELONGING)][-1]
    by_name = {name_of(other): other for other in plan.layers}
    readers = [by_name[reader]["class_name"] for reader in plan.readers[name_of(last)]]
    if len(readers) != 1 or readers[0] not in (TAKING_ANY | {"Flatten"} | set(POOLINGS)):
        return False
    if is_convolution(layer) and not _keeps_the_size(layer):
        return False
    kept = width(layer) == width_before(layer, plan)
    return kept or (layer["class_name"] in ("Dense", "MaxoutDense") and width_is_free(layer, plan))


def _keeps_the_size(layer: LayerConfig) -> bool:
    strides = layer["config"].get("strides", 1)
    return layer["config"].get("padding") == "same" and set(strides if isinstance(strides, (list, tuple)) else [strides]) == {1}
