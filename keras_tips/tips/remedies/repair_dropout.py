"""Dropout that is scaled, and off at inference."""

from typing import Any

from keras_tips._base.arguments import invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.layer_config import keras_object, same_place
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, name_of
from keras_tips.tips.tip import Tip

__all__ = ["repair_dropout"]

DROPPED = ("rate", "p", "prob", "drop_rate", "drop_prob", "dropout_rate", "dropout")
KEPT = ("keep_prob", "keep", "keep_rate")


@Tip.of(treats=("dropout_scaling_mismatch",))
def repair_dropout(experiment: Experiment) -> Experiment:
    """Replaces home-made dropout layers by Keras's, and lets Keras decide when a dropout is active.

    Why: without scaling, layers behind a dropout get less in training than at inference, by the factor 1 - rate; with
    scaling on both sides, too much. Dropout that is active at inference makes predictions random; dropout that never is
    does nothing.

    When: the expected output with dropout differs from the output without.

    Formula: E[m x / (1 - rate)] = x, with m = 0 with probability rate, else 1.

    Replaced are layers with dropout in their class name that are neither Keras's nor of this package; the rate is read from
    their config. A dropout that a functional model calls with a fixed `training=True` or `False` loses that. AlphaDropout,
    which is made for selu alone, becomes Dropout in models without selu.

        keras.layers.Dropout(0.5)  # and model.predict for inference, which switches it off

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> layer = {"module": "my", "class_name": "MyDropout", "config": {"name": "drop", "keep_prob": 0.75}}
    >>> experiment = Experiment({"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}}, compile={})
    >>> changed = get("repair_dropout").apply(experiment).model["config"]["layers"][0]
    >>> changed["class_name"], changed["config"]
    ('Dropout', {'rate': 0.25, 'name': 'drop'})

    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: A Simple Way to Prevent Neural
    Networks from Overfitting", 2014.
    """

    def change(layer: LayerConfig, plan: ModelPlan) -> LayerConfig:
        if "dropout" not in layer["class_name"].lower():
            return layer
        if not _known(layer) or (layer["class_name"] == "AlphaDropout" and not _has_selu(plan)):
            layer = same_place(layer, keras_object("layers", "Dropout", rate=_rate(layer)))
        if layer.get("inbound_nodes"):
            layer["inbound_nodes"] = [_free(node) for node in layer["inbound_nodes"]]
        return layer

    return experiment.replace(model=ModelPlan.of(experiment.model).everywhere(change))


def _known(layer: LayerConfig) -> bool:
    module = layer.get("module") or ""
    return module.partition(".")[0] in ("keras", "keras_tips")


def _has_selu(plan: ModelPlan) -> bool:
    return any(layer["config"].get("activation") == "selu" for layer in plan.layers)


def _rate(layer: LayerConfig) -> float:
    config = layer["config"]
    found = [config[key] for key in DROPPED if key in config] + [1.0 - config[key] for key in KEPT if key in config]
    if not found or not isinstance(found[0], (int, float)) or not 0.0 <= found[0] < 1.0:
        cure = "Put keras.layers.Dropout(rate) in its place by hand."
        raise invalid("experiment", f"a rate in the config of {name_of(layer)!r}", config, cure)
    return float(found[0])


def _free(node: dict[str, Any]) -> dict[str, Any]:
    """An inbound node that leaves it to Keras whether this is training."""
    return {**node, "kwargs": {key: value for key, value in node.get("kwargs", {}).items() if key != "training"}}
