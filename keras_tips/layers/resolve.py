"""Initializers, regularizers, constraints and activations, however a person names them."""

from types import ModuleType
from typing import Any

from keras_tips._base.arguments import invalid, nearest

__all__ = ["resolve"]

# What Keras's families hold besides the things they are families of.
SERVICES = {"deserialize", "get", "serialize"}


def resolve(name: str, identifier: Any, family: ModuleType, needed: bool = False) -> Any:
    """Returns what `identifier` stands for in one of Keras's families, such as `keras.initializers`.

    Keras resolves it; what is added is an error that names the argument and the nearest known name.

    >>> import keras
    >>> resolve("bias_initializer", "zeros", keras.initializers).__class__.__name__
    'Zeros'

    Args:
        name: what the argument is called, for the error.
        identifier: a name, a config, an object or a function; None stays None.
        needed: whether None is refused. Keras would take an initializer that the layer's author did not choose.
        family: `keras.initializers`, `keras.regularizers`, `keras.constraints` or `keras.activations`.

    Raises:
        ValueError: the family knows no such thing, or it is None and `needed`.
    """
    if needed and identifier is None:
        raise invalid(
            name, f"an object of {family.__name__.rpartition('.')[2]}", None, "Leave the argument out for the usual one."
        )
    try:
        return family.get(identifier)
    except (TypeError, ValueError) as error:
        kind = family.__name__.rpartition(".")[2]
        known = [entry for entry in dir(family) if not entry.startswith("_") and entry not in SERVICES]
        cure = nearest(identifier, known) if isinstance(identifier, str) else ""
        raise invalid(name, f"a name, config or object of keras.{kind}", identifier, cure) from error
