"""From classic dropout to inverted dropout and back, with equal predictions."""

import warnings
from typing import Any

import keras

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.layers.classic_dropout import ClassicDropout
from keras_tips.layers.factor_flow import FactorFlow, is_functional

__all__ = ["convert_dropout"]

FORMS = {"classic": ClassicDropout, "inverted": keras.layers.Dropout}


def convert_dropout(model: keras.Model, to: str = "classic") -> keras.Model:
    """Returns a model that does the same with the other form of dropout; `model` stays as it is.

    What a `ClassicDropout` hands on is `1 - rate` times what a `keras.layers.Dropout` does, in training and at inference.
    So each layer behind gets its kernel divided by `1 - rate`, and the output is the same in both modes, with the same masks:
    the lecture's `weights * (1 - rate)` at the test, done once and for all.

    The factor goes through layers that let positive factors through (`Flatten`, `ReLU`, `Maxout`, pooling, ...), up to a
    dense layer or a convolution that takes it into its kernel. Where none comes, a `keras.layers.Rescaling` makes up for the
    factor: in front of any other layer, such as a sigmoid or a batch normalization; behind outputs that are used several
    times; in front of a kernel with a constraint, or in a layer that is called several times; at the model's outputs and
    those of a model inside of it. The way back takes these layers out again and gives the first weights back, to rounding.

    Only `keras.layers.Dropout` and `ClassicDropout` are converted. Other kinds (`SpatialDropout2D`, `GaussianDropout`,
    `AlphaDropout`), and dropout inside of Keras's own layers (`LSTM`, `MultiHeadAttention`), stay as they are.

    The new model is compiled like `model`, with a new optimizer. Training it further is not the same as training `model`: a
    step, and the penalty of a regularizer, see kernels that are larger or smaller.

    Args:
        model: a sequential or functional model that has been built. Models inside of it are converted too.
        to: `"classic"` or `"inverted"`; dropout that has this form already stays.

    Returns:
        a model of the same kind, with layers of the same names, and those of inserted layers ending in `_dropout_scale`.

    Raises:
        ValueError: `to` is no form; `model` is neither sequential nor functional, or not built; a dropout to be converted has
            a rate of 1, or lies inside of a layer of another kind, where it cannot be replaced.

    Example:

    >>> import keras
    >>> from keras_tips.layers import convert_dropout
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1, use_bias=False)])
    >>> model.set_weights([keras.ops.array([[1.0], [2.0], [3.0]])])
    >>> classic = convert_dropout(model)
    >>> print(classic.layers[0].__class__.__name__, keras.ops.convert_to_numpy(classic.layers[1].kernel).flatten())
    ClassicDropout [2. 4. 6.]

    Reference:
        Nitish Srivastava, Geoffrey Hinton, Alex Krizhevsky, Ilya Sutskever, Ruslan Salakhutdinov: "Dropout: A Simple Way
        to Prevent Neural Networks from Overfitting", 2014, section 10, https://jmlr.org/papers/v15/srivastava14a.html
    """
    to = check_choice("to", to, FORMS)
    converted = _converted(model, to)
    if model.compiled:
        try:
            converted.compile_from_config(model.get_compile_config())
        except (TypeError, ValueError) as error:  # such as a loss that is a function of the program's own
            reason = str(error).strip().splitlines()[0]
            warnings.warn(f"The converted model is not compiled: {reason} Call its `compile`.", stacklevel=2)
    return converted


def _converted(model: Any, to: str) -> keras.Model:
    sequential = isinstance(model, keras.Sequential)
    if not sequential and not is_functional(model):
        expected = "a sequential or functional model"
        raise invalid("model", expected, model, "Convert the parts that are: other models do not tell their structure.")
    if not model.built or (sequential and not model.inputs):
        raise invalid("model", "a built model", model, "Call its `build`, or give it a `keras.Input`, to say what it takes in.")
    flow = FactorFlow(exchange=lambda layer: _exchanged(layer, to), rebuild=lambda inner: _converted(inner, to))
    return flow.sequential(model) if sequential else flow.functional(model)


def _exchanged(layer: Any, to: str) -> tuple[keras.layers.Layer, float] | None:
    """The other form of a dropout layer, and by how much its outputs are larger."""
    others = tuple(kind for form, kind in FORMS.items() if form != to)
    if type(layer) not in others:
        inside = None if isinstance(layer, keras.Sequential) or is_functional(layer) else _dropout_inside(layer, others, set())
        if inside is not None:
            cure = "It would stay as it is. Rebuild a layer of your own by hand; dropout needs no wrapper."
            raise invalid("model", "dropout as a layer of its own", f"{inside.name} inside of {layer.name}", cure)
        return None
    if layer.rate >= 1:
        cure = "No factor makes up for a layer that drops everything. Take it out."
        raise invalid("model", "dropout rates below 1", f"{layer.name} of rate {layer.rate:g}", cure)
    keeps = 1 - layer.rate
    return FORMS[to].from_config(layer.get_config()), keeps if to == "classic" else 1 / keeps


def _dropout_inside(layer: Any, kinds: tuple[type, ...], seen: set[int]) -> Any:
    """The first dropout that a layer is made of; what Keras's own layers are made of is their business."""
    of_keras = type(layer).__module__.startswith("keras.") and not isinstance(layer, keras.layers.Wrapper | keras.Model)
    if of_keras or id(layer) in seen or not isinstance(layer, keras.layers.Layer):
        return None
    seen.add(id(layer))
    for value in list(vars(layer).values()):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
        for part in parts:
            found = part if type(part) in kinds else _dropout_inside(part, kinds, seen)
            if found is not None:
                return found
    return None
