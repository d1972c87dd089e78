"""How wide the layers of a model are, and whose width is free to change."""

from keras_tips.tips.graph_edit import called_once
from keras_tips.tips.model_plan import ACTIVATION_LAYERS, NOISES, NORMALIZATIONS, POOLINGS, LayerConfig, ModelPlan, name_of

__all__ = ["is_convolution", "width", "width_before", "width_is_free"]

# Layers that hand on what they get at any width, and do not change it.
WIDTHLESS = frozenset(("Activation", "SpatialDropout3D", *ACTIVATION_LAYERS, *NOISES, *NORMALIZATIONS, *POOLINGS))
CONVOLUTIONS = tuple(f"Conv{axes}D" for axes in (1, 2, 3))
# Layers with kernels that take inputs of any width.
TAKING_ANY = frozenset(("Dense", "MaxoutDense", "ResidualBlock", *CONVOLUTIONS))


def is_convolution(layer: LayerConfig) -> bool:
    """Whether it is an ordinary convolution."""
    return layer["class_name"] in CONVOLUTIONS


def width(layer: LayerConfig) -> int | None:
    """Units or filters of a layer, or None."""
    return layer["config"].get("units", layer["config"].get("filters"))


def width_before(layer: LayerConfig, plan: ModelPlan) -> int | None:
    """The length of the last axis of what a layer reads, where the config tells it; None elsewhere."""
    by_name = {name_of(other): other for other in plan.layers}
    sources = plan.sources[name_of(layer)]
    while len(sources) == 1:
        source = by_name[sources[0]]
        if source["class_name"] == "InputLayer":
            shape = source["config"].get("batch_shape") or [None]
            return shape[-1] if isinstance(shape[-1], int) else None
        if source["class_name"] in TAKING_ANY:
            return width(source)
        if source["class_name"] not in WIDTHLESS:
            return None
        sources = plan.sources[sources[0]]
    return None


def width_is_free(layer: LayerConfig, plan: ModelPlan) -> bool:
    """Whether the output goes to one layer only that takes any width, perhaps through layers that hand it on."""
    by_name = {name_of(other): other for other in plan.layers}
    readers = plan.readers[name_of(layer)]
    while len(readers) == 1 and by_name[readers[0]]["class_name"] in (*WIDTHLESS, "Flatten"):
        readers = plan.readers[readers[0]]
    if len(readers) != 1 or by_name[readers[0]]["class_name"] not in TAKING_ANY - {"ResidualBlock"}:
        return False
    return called_once(by_name[readers[0]]) and by_name[readers[0]]["config"].get("groups", 1) == 1
