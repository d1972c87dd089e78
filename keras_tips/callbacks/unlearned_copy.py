"""A copy of a network as it was before training."""

import keras

__all__ = ["unlearned_copy"]


def unlearned_copy(model: keras.Model) -> keras.Model | None:
    """Returns a copy with new initial weights, or None for a model that is no graph of layers.

    What training does not change is as in the model: frozen weights, and what preprocessing layers found. Moving statistics
    are the model's as well. The copy is not compiled, and knows nothing of how the model is trained.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="first")])
    >>> copy = unlearned_copy(model)
    >>> copy.get_layer("first").kernel is model.get_layer("first").kernel
    False
    """
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        return None
    if isinstance(model, keras.Sequential):
        ends, plain = (model.inputs[0], model.outputs[0]), keras.Sequential.call
    else:
        ends, plain = (model.input, model.output), None
    graph = keras.Model(*ends)  # of the same layers; copying a compiled model would copy its optimizer and loss too
    if type(model).call is not (plain or type(graph).call):
        return None  # its own `call` does something else
    copy = keras.models.clone_model(graph)
    if [tuple(each.shape) for each in copy.variables] != [tuple(each.shape) for each in graph.variables]:
        return None  # some layer makes more weights after its first call than its configuration tells
    for mine, theirs in zip(copy.variables, graph.variables, strict=True):
        mine.trainable = theirs.trainable
        if not theirs.trainable:
            mine.assign(keras.ops.convert_to_numpy(theirs.value))
    for layer in copy._flatten_layers(include_self=False):
        if hasattr(layer, "finalize_state"):  # what preprocessing layers work out of their variables
            layer.finalize_state()
    return copy
