"""Keras's own harness for layers.

Keras keeps it in `keras.src.testing`, which is no public module and may change with any version, and there is no public
one: this file is the one place that imports it.
"""

import contextlib
import unittest
import warnings
from collections.abc import Iterator
from typing import Any

__all__ = ["run_layer_test", "without_warnings_of_keras_checks"]


def run_layer_test(layer_class: Any, init_kwargs: dict[str, Any], **arguments: Any) -> None:
    """Runs `keras.src.testing.TestCase.run_layer_test` outside of a test suite.

    Args:
        layer_class: the class, or a function that returns a layer.
        init_kwargs: arguments of its constructor.
        **arguments: the other arguments of Keras's method, such as `input_shape` and `expected_num_losses`.

    Raises:
        AssertionError: a check of Keras's fails.
    """
    from keras.src import testing

    class Case(testing.TestCase):
        def runTest(self) -> None:  # noqa: N802 - unittest calls it so
            """Lets the case be made without naming one of its tests."""

    # Not run as a test: its `setUp` clears the session and changes how Keras shows tracebacks, for the whole program.
    case: unittest.TestCase = Case()
    try:
        with without_warnings_of_keras_checks():
            case.run_layer_test(layer_class, init_kwargs, **arguments)  # type: ignore[attr-defined]
    finally:
        case.doCleanups()


@contextlib.contextmanager
def without_warnings_of_keras_checks() -> Iterator[None]:
    """Keras's checks fit from a generator, which is not shuffled, and also layers that have no weights."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`shuffle=True` was passed")
        warnings.filterwarnings("ignore", "The model does not have any trainable weights")
        yield
