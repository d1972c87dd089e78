"""Units that are left out at random while training."""

from typing import Any

from keras_tips._base.arguments import check_number
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import called_once, followers, free_name, in_every_model, inserted
from keras_tips.tips.layer_config import keras_object
from keras_tips.tips.model_plan import ACTIVATION_LAYERS, NORMALIZATIONS, LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip

__all__ = ["dropout"]

# What stands between a layer and its dropout. A dropout before a normalization would change the variance it has learned.
BEFORE = frozenset(("Activation", *ACTIVATION_LAYERS, *NORMALIZATIONS))


@Tip.of(treats=("overfitting", "overtraining"), choices={"rate": (0.2, 0.3, 0.5)})
def dropout(experiment: Experiment, rate: float = 0.5) -> Experiment:
    """Puts a Dropout behind each hidden Dense layer and its activation.

    Why: a unit that cannot rely on certain others being there has to be useful by itself. Each mini-batch trains another
    thinned network, and using all units afterwards comes close to averaging all of those, 2^M for M units.

    When: training is good and validation clearly worse. Training itself gets worse: where its result is bad already, dropout
    makes it worse still.

    Formula: in training each output is 0 with probability `rate`, and else divided by 1 - rate, so that its expected value
    is that without dropout; at inference nothing is done.

    Layers that have a dropout stay as they are. Convolutions get none: neighbours tell what a missing number was.

        model.add(keras.layers.Dense(64, activation="relu")); model.add(keras.layers.Dropout(0.5))

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> dense = lambda name, activation: {"class_name": "Dense", "config": {"name": name, "activation": activation}}
    >>> layers = [dense("hidden", "relu"), dense("answer", "softmax")]
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": layers}}, compile={})
    >>> [layer["class_name"] for layer in get("dropout").apply(experiment).model["config"]["layers"]]
    ['Dense', 'Dropout', 'Dense']

    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: A Simple Way to Prevent Neural
    Networks from Overfitting", 2014.
    """
    check_number("rate", rate, 0.0, 1.0, low_open=True, high_open=True)

    def edit(plan: ModelPlan, ends: frozenset[str]) -> dict[str, Any]:
        behind: dict[str, list[LayerConfig]] = {}
        for layer in plan.layers:
            if layer["class_name"] in ("Dense", "MaxoutDense") and name_of(layer) not in ends and called_once(layer):
                last = name_of([layer, *followers(layer, plan, BEFORE)][-1])
                if last not in ends and not _drops(last, plan) and _active(layer, plan):
                    name = free_name(f"{name_of(layer)}_dropout", plan.readers)
                    behind[last] = [keras_object("layers", "Dropout", name=name, rate=rate)]
        return inserted(plan, behind)

    return experiment.replace(model=in_every_model(experiment.model, edit))


def _active(layer: LayerConfig, plan: ModelPlan) -> bool:
    return layer["class_name"] == "MaxoutDense" or plan.activation(layer) != "linear"


def _drops(name: str, plan: ModelPlan) -> bool:
    """Whether a dropout reads this layer."""
    kinds = {name_of(other): other["class_name"] for other in plan.layers}
    return any("dropout" in kinds[reader].lower() for reader in plan.readers[name])
