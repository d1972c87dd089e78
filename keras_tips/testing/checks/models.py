"""The layer in each kind of model."""

from typing import Any

import keras

from keras_tips.testing.arrays import difference
from keras_tips.testing.defect import Defect
from keras_tips.testing.subject import Subject

__all__ = ["models"]


def models(subject: Subject) -> None:
    """In a functional, a sequential and a subclassed model the layer is built with the same weights and returns the same."""
    for kind, make in KINDS.items():
        layer = subject.unseen()
        model = make(subject, layer)
        if model is None:
            continue
        subject.predict(model)
        layer.set_weights(subject.layer.get_weights())
        words = difference(subject.predict(model), subject.outputs) if subject.repeatable else None
        if words is not None:
            cure = "Let call depend on its arguments and weights alone."
            raise Defect(f"Expected the same outputs inside a {kind} model. Received {words}. {cure}")


def _functional(subject: Subject, layer: keras.layers.Layer) -> keras.Model:
    return subject.model(layer)


def _sequential(subject: Subject, layer: keras.layers.Layer) -> keras.Model | None:
    single = not isinstance(subject.inputs, (list, tuple, dict)) and not subject.call_kwargs
    return keras.Sequential([layer]) if single else None


def _subclassed(subject: Subject, layer: keras.layers.Layer) -> keras.Model:
    class Around(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layer

        def call(self, inputs: Any) -> Any:
            return subject.apply(self.inner, inputs)

    return Around()


KINDS = {"functional": _functional, "sequential": _sequential, "subclassed": _subclassed}
