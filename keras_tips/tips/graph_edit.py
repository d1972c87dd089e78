"""Puts layers behind others, and takes layers out, in the config of a Sequential or functional model."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from keras_tips.tips.model_plan import LayerConfig, ModelPlan, is_model, name_of

__all__ = ["called_once", "followers", "free_name", "in_every_model", "inserted", "without"]

# Where a tensor comes from, as Keras writes it: layer, which call of it, which of its outputs.
Place = tuple[str, int, int]
Edit = Callable[[ModelPlan, frozenset[str]], dict[str, Any]]


def in_every_model(model: Mapping[str, Any], edit: Edit, inside: bool = False) -> dict[str, Any]:
    """Returns the model config edited, the models nested in it first.

    Args:
        model: config of a Sequential or functional model.
        edit: `edit(plan, ends)` returns the edited config of one model; `ends` are the names of the layers that make up the
            prediction, which are none in a model that lies inside another.
        inside: whether the model lies inside another.
    """
    plan = ModelPlan.of(model)
    ends = frozenset() if inside else plan.output_names
    layers = [
        in_every_model(layer, edit, inside or name_of(layer) not in ends) if is_model(layer) else layer for layer in plan.layers
    ]
    return edit(ModelPlan.of(plan.with_layers(layers)), ends)


def inserted(plan: ModelPlan, behind: Mapping[str, Sequence[LayerConfig]]) -> dict[str, Any]:
    """Returns the model config with layers put behind others.

    Args:
        plan: of the model.
        behind: layer name -> new layers, in order. What read that layer reads the last of them. A layer that is called
            several times is left alone: it has several outputs.
    """
    if plan.sequential:
        return plan.with_layers([new for layer in plan.layers for new in (layer, *behind.get(name_of(layer), ()))])
    behind = {
        name_of(layer): behind[name_of(layer)] for layer in plan.layers if behind.get(name_of(layer)) and called_once(layer)
    }
    ends: dict[str, Place] = {name: (name_of(new[-1]), 0, 0) for name, new in behind.items()}
    tensors = {name: tensor for layer in plan.layers for name, tensor in _tensors(layer.get("inbound_nodes", []))}
    outputs = {place[0]: place for place in _places(plan.model["config"]["output_layers"])}
    layers: list[LayerConfig] = []
    for layer in plan.layers:
        layers.append(_reading(layer, ends))
        name = name_of(layer)
        tensor = tensors.get(name, {"shape": layer["config"].get("batch_shape", [None]), "dtype": "float32"})
        place = tensor.get("keras_history") or _as_read(outputs.get(name, (name, _first_call(layer), 0)), layer)
        for new in behind.get(name, ()):
            config = {"shape": tensor.get("shape", [None]), "dtype": tensor.get("dtype"), "keras_history": list(place)}
            node = {"args": [{"class_name": "__keras_tensor__", "config": config}], "kwargs": {}}
            layers.append({**new, "name": name_of(new), "inbound_nodes": [node]})
            place = (name_of(new), 0, 0)
    return _with_outputs(plan, layers, ends)


def without(plan: ModelPlan, names: Collection[str]) -> dict[str, Any]:
    """Returns the model config without these layers; what read one reads what it read.

    In a functional model, layers that read several others, or are called several times, stay.
    """
    if plan.sequential:
        return plan.with_layers([layer for layer in plan.layers if name_of(layer) not in names])
    gone: dict[str, Place] = {
        name_of(layer): tuple(_tensors(layer["inbound_nodes"])[0][1]["keras_history"])
        for layer in plan.layers
        if name_of(layer) in names and called_once(layer) and len(plan.sources[name_of(layer)]) == 1
    }
    ends = {name: _last_kept(gone[name], gone) for name in gone}
    layers = [_reading(layer, ends) for layer in plan.layers if name_of(layer) not in gone]
    first = {name_of(layer): _first_call(layer) for layer in plan.layers}
    return _with_outputs(plan, layers, {name: (end, call + first[end], tensor) for name, (end, call, tensor) in ends.items()})


def free_name(name: str, taken: Collection[str]) -> str:
    """Returns `name`, or `name` and a number where it is taken.

    >>> free_name("drop", ["drop", "drop_1"])
    'drop_2'
    """
    number, found = 0, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def called_once(layer: LayerConfig) -> bool:
    """Whether a layer has one output; one that is called several times is left alone by edits of the graph."""
    return layer["class_name"] == "InputLayer" or len(layer.get("inbound_nodes", [()])) == 1


def followers(layer: LayerConfig, plan: ModelPlan, kinds: Collection[str]) -> list[LayerConfig]:
    """Returns the layers of these classes that stand behind a layer one after the other, each with one reader at most."""
    by_name = {name_of(other): other for other in plan.layers}
    found: list[LayerConfig] = []
    readers = plan.readers[name_of(layer)]
    while len(readers) == 1 and by_name[readers[0]]["class_name"] in kinds and called_once(by_name[readers[0]]):
        found.append(by_name[readers[0]])
        readers = plan.readers[readers[0]]
    return found


def _first_call(layer: LayerConfig) -> int:
    """The number under which `output_layers` know a layer's first call: nested functional models count from 1 there, and
    there only.
    """
    return int(layer["class_name"] == "Functional")


def _as_read(place: Place, layer: LayerConfig) -> Place:
    """A place in `output_layers` as a layer that reads it would write it."""
    return place[0], place[1] - _first_call(layer), place[2]


def _last_kept(place: Place, gone: Mapping[str, Place]) -> Place:
    while place[0] in gone:
        place = gone[place[0]]
    return place


def _reading(layer: LayerConfig, instead: Mapping[str, Place]) -> LayerConfig:
    """The layer with every reference to a layer of `instead` replaced."""
    return {**layer, "inbound_nodes": _replaced(layer.get("inbound_nodes", []), instead)}


def _replaced(node: Any, instead: Mapping[str, Place]) -> Any:
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            place = node["config"]["keras_history"]
            return {**node, "config": {**node["config"], "keras_history": list(instead.get(place[0], place))}}
        return {key: _replaced(part, instead) for key, part in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_replaced(part, instead) for part in node)
    return node


def _tensors(node: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Layer name and description of each tensor that is read in an inbound node."""
    if isinstance(node, Mapping):
        if node.get("class_name") == "__keras_tensor__":
            return [(str(node["config"]["keras_history"][0]), node["config"])]
        node = list(node.values())
    return [found for part in node for found in _tensors(part)] if isinstance(node, (list, tuple)) else []


def _with_outputs(plan: ModelPlan, layers: list[LayerConfig], instead: Mapping[str, Place]) -> dict[str, Any]:
    outputs = _renamed(plan.model["config"]["output_layers"], instead)
    return {**plan.model, "config": {**plan.model["config"], "layers": layers, "output_layers": outputs}}


def _is_place(outputs: Any) -> bool:
    return (
        len(outputs) == 3 and isinstance(outputs, (list, tuple)) and isinstance(outputs[0], str) and isinstance(outputs[1], int)
    )


def _renamed(outputs: Any, instead: Mapping[str, Place]) -> Any:
    """`output_layers`, a place or a structure of places, with layers replaced."""
    if isinstance(outputs, Mapping):
        return {key: _renamed(part, instead) for key, part in outputs.items()}
    if _is_place(outputs):
        return list(instead.get(outputs[0], outputs))
    return [_renamed(part, instead) for part in outputs]


def _places(outputs: Any) -> list[Place]:
    """All places in `output_layers`."""
    if isinstance(outputs, Mapping):
        outputs = list(outputs.values())
    return [tuple(outputs)] if _is_place(outputs) else [place for part in outputs for place in _places(part)]
