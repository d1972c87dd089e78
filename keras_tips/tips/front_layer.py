"""Puts a layer in front of a model, behind each input that holds amounts."""

from collections.abc import Callable, Collection

from keras_tips._base.arguments import invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.graph_edit import free_name, inserted
from keras_tips.tips.model_plan import LayerConfig, ModelPlan, is_model, name_of

__all__ = ["first_reader", "in_front"]

# Layers to which a number is a name: half a token has no meaning.
NAMING = frozenset(
    ("CategoryEncoding", "Embedding", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization")
)


def in_front(
    experiment: Experiment, name: str, make: Callable[[str, LayerConfig], LayerConfig], done: Collection[str]
) -> tuple[Experiment, tuple[str, ...]]:
    """Returns the experiment with a layer behind each input that holds amounts, and the names of the new layers.

    Args:
        experiment: of a Sequential or functional model.
        name: of the new layer; with several inputs, each has its input's name in place of the last word.
        make: `make(name, first)` returns the layer's config; `first` is the config of the layer it stands behind, or of
            the model's first layer.
        done: class names; where one of them reads an input already, that input is left alone.

    Raises:
        ValueError: all inputs name things, such as tokens.
    """
    plan = ModelPlan.of(experiment.model)
    if plan.sequential:
        return _sequential(experiment, plan, name, make, done)
    return _functional(experiment, plan, name, make, done)


def first_reader(layer: LayerConfig) -> LayerConfig:
    """The layer itself, or the first layer of a nested model that is not an input."""
    while is_model(layer):
        inner = [part for part in ModelPlan.of(layer).layers if part["class_name"] != "InputLayer"]
        if not inner:
            break
        layer = inner[0]
    return layer


def _sequential(
    experiment: Experiment, plan: ModelPlan, name: str, make: Callable[[str, LayerConfig], LayerConfig], done: Collection[str]
) -> tuple[Experiment, tuple[str, ...]]:
    layers = list(plan.layers)
    place = 1 if layers and layers[0]["class_name"] == "InputLayer" else 0
    verdict = _verdict(layers[place], done) if place < len(layers) else "amounts"
    if verdict == "names":
        raise _tokens(layers[place])
    if verdict == "done":
        return experiment, ()
    new = free_name(name, [name_of(layer) for layer in layers])
    front = make(new, layers[0] if layers else {"class_name": "", "config": {}})
    return experiment.replace(model=plan.with_layers([*layers[:place], front, *layers[place:]])), (new,)


def _functional(
    experiment: Experiment, plan: ModelPlan, name: str, make: Callable[[str, LayerConfig], LayerConfig], done: Collection[str]
) -> tuple[Experiment, tuple[str, ...]]:
    by_name = {name_of(layer): layer for layer in plan.layers}
    inputs = [layer for layer in plan.layers if layer["class_name"] == "InputLayer"]
    verdicts = {
        name_of(layer): {_verdict(by_name[reader], done) for reader in plan.readers[name_of(layer)]} for layer in inputs
    }
    chosen = [layer for layer in inputs if verdicts[name_of(layer)] <= {"amounts"} and _holds_numbers(layer)]
    if not chosen:
        if any("names" in found for found in verdicts.values()):
            raise _tokens(inputs[0])
        return experiment, ()
    verb = name.partition("_")[0]
    names = {
        name_of(layer): free_name(name if len(chosen) == 1 else f"{verb}_{name_of(layer)}", list(by_name)) for layer in chosen
    }
    behind = {name_of(layer): [make(names[name_of(layer)], layer)] for layer in chosen}
    return experiment.replace(model=inserted(plan, behind)), tuple(names.values())


def _verdict(layer: LayerConfig, done: Collection[str]) -> str:
    """What the layer that reads an input says of it: `"done"` already, `"names"` of things, or `"amounts"`."""
    first = first_reader(layer)
    if first["class_name"] in done:
        return "done"
    return "names" if first["class_name"] in NAMING else "amounts"


def _holds_numbers(layer: LayerConfig) -> bool:
    return layer["config"].get("dtype") not in ("string", "bool")


def _tokens(layer: LayerConfig) -> ValueError:
    cure = "Whole numbers that name things (tokens, categories) have no scale: leave this tip out."
    return invalid("experiment", "a model whose inputs are amounts", f"inputs read by {name_of(layer)!r}", cure)
