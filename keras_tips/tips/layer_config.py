"""Configs of layers, regularizers and the like, as Keras writes them."""

from collections.abc import Mapping
from typing import Any

__all__ = ["keras_object", "keras_tips_object", "same_place"]

# What a layer keeps when another one takes its place.
OF_ANY_LAYER = ("name", "trainable", "dtype")


def keras_object(module: str, class_name: str, **config: Any) -> dict[str, Any]:
    """Returns the config of one of Keras's own objects.

    >>> keras_object("layers", "Dropout", name="drop", rate=0.5)["config"]
    {'name': 'drop', 'rate': 0.5}
    """
    return {"module": f"keras.{module}", "class_name": class_name, "config": config, "registered_name": None}


def keras_tips_object(module: str, class_name: str, **config: Any) -> dict[str, Any]:
    """Returns the config of an object of `keras_tips`; `module` is its file, such as `layers.prelu`.

    >>> keras_tips_object("layers.prelu", "PReLU", name="slopes")["registered_name"]
    'keras_tips>PReLU'
    """
    return {
        "module": f"keras_tips.{module}",
        "class_name": class_name,
        "config": config,
        "registered_name": f"keras_tips>{class_name}",
    }


def same_place(layer: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `new` in the place of `layer`: under its name, and reading what it read."""
    kept = {key: layer["config"][key] for key in OF_ANY_LAYER if key in layer["config"]}
    return {**layer, **new, "config": {**new["config"], **kept}}
