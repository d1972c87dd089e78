"""What Keras checks about its own layers."""

from typing import Any

import keras

from keras_tips.testing.arrays import is_float
from keras_tips.testing.lacking import lacking
from keras_tips.testing.run_layer_test import run_layer_test
from keras_tips.testing.subject import Subject

__all__ = ["keras_harness"]


def keras_harness(subject: Subject) -> None:
    """Keras's `run_layer_test`: serialization, build, symbolic and eager call, a step of `fit`, float16.

    A layer that had to adapt goes through serialization alone: Keras's harness calls layers that have not learned anything.
    Where the backend lacks an operation in float16, that part is left out.
    """
    arguments: dict[str, Any] = {"supports_masking": subject.supports_masking}
    if not subject.adapted:
        arguments.update(call_kwargs=dict(subject.call_kwargs), run_training_check=_trains(subject), **_inputs(subject))
    try:
        _run(subject, arguments)
    except Exception as error:
        if lacking(error) is None:
            raise
        _run(subject, {**arguments, "run_mixed_precision_check": False})


def _run(subject: Subject, arguments: dict[str, Any]) -> None:
    run_layer_test(lambda **kwargs: subject.new(**kwargs), dict(subject.init_kwargs), **arguments)


def _inputs(subject: Subject) -> dict[str, Any]:
    if not isinstance(subject.inputs, dict):
        return {"input_data": subject.tensors()}
    # By keyword it wants the shapes, under the names that `build` gives them.
    named = {f"{name}_shape": array for name, array in subject.inputs.items()}
    return {
        "input_shape": {name: array.shape for name, array in named.items()},
        "input_dtype": {name: keras.backend.standardize_dtype(array.dtype) for name, array in named.items()},
    }


def _trains(subject: Subject) -> bool:
    """It trains models of one input and one output, which has to be of floats to have a gradient."""
    single = not isinstance(subject.inputs, (list, tuple, dict)) and len(subject.outputs) == 1
    return single and is_float(subject.outputs[0]) and not subject.call_kwargs
