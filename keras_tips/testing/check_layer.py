"""One call that examines a Keras layer: all that Keras's own harness checks, and what it misses."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.testing.defect import Defect
from keras_tips.testing.given_inputs import given_inputs
from keras_tips.testing.lacking import lacking
from keras_tips.testing.layer_check_error import LayerCheckError
from keras_tips.testing.layer_report import LayerReport
from keras_tips.testing.not_examined import NotExamined
from keras_tips.testing.order import CHECKS
from keras_tips.testing.subject import Subject, examined

__all__ = ["check_layer"]

LINES_OF_AN_ERROR = 3  # of an exception that the layer raised; its traceback holds the rest


def check_layer(
    layer_class: Callable[..., Any],
    init_kwargs: Mapping[str, Any] | None = None,
    input_shape: Any = None,
    *,
    inputs: Any = None,
    call_kwargs: Mapping[str, Any] | None = None,
    reference: Callable[[Any, Any], Any] | None = None,
    expected_output_shape: Any = None,
    supports_masking: bool | None = None,
    skip: Iterable[str] = (),
) -> LayerReport:
    """Examines a layer; returns what it passed, or raises one error that lists everything that is wrong with it.

    The checks, in the order in which they run:

    - `output_spec`: `compute_output_shape` and a symbolic call say the shape and dtype that come out.
    - `finite`: no NaN and no infinity, also from negative inputs and in training.
    - `reference`: equal to `reference(layer, inputs)`, on inputs of both signs.
    - `gradient`: equal to central differences in float64, for inputs and trainable weights.
    - `config`: every constructor argument comes back through `get_config` and `from_config`.
    - `keras_file`, `weights_file`: saved and loaded, the layer returns the same.
    - `clone`, `copies`: so does a clone, and a deep copy made before or after the layer is built.
    - `models`: so does the layer when it is built inside a functional, a sequential and a subclassed model.
    - `batch_size`: batches of any size, also a smaller last one, give each example the same.
    - `channels_first`: with the channels moved, the other `data_format` gives the same.
    - `mask`: a mask is handed on or used, and masked steps do not reach outputs that are not masked.
    - `seed`: one seed, one sequence of outputs; another seed, another sequence.
    - `inputs_unchanged`: the tensors that went in stay as they are.
    - `mixed_float16`, `mixed_bfloat16`: the promised dtype, finite, near float32, weights in float32.
    - `jit`, `export`: compiled and exported, the layer returns what it returns eagerly.
    - `keras_harness`: Keras's own `run_layer_test`.

    A layer with `adapt` learns from the inputs first. Needs the backend only, no test framework; `absl-py`, which comes with
    Keras, is used by Keras's harness.

    Args:
        layer_class: the class, registered with Keras, or a function that returns a layer.
        init_kwargs: arguments of the constructor. Give values other than the defaults.
        input_shape: shape of the inputs, batch included: all numbers. They are normal random numbers, so half of them are
            negative. A list or tuple of shapes for a layer that takes a list; a dict, such as
            `{"query_shape": (2, 3, 4), "value_shape": (2, 5, 4)}`, for a layer whose `call` takes several arguments.
        inputs: arrays instead of `input_shape`, where the numbers have to be of a kind: whole numbers, or positive ones.
            A dict is taken apart into the arguments of `call`.
        call_kwargs: further arguments of `call`.
        reference: an independent function, `(layer, inputs) -> array`. The inputs are NumPy arrays, and `layer` is built, so
            its weights can be read.
        expected_output_shape: shape of the outputs, batch included; None stands for any length.
        supports_masking: whether the layer is to support masks; None takes what it says.
        skip: names of checks to leave out.

    Returns:
        a `LayerReport` with the checks that were passed, and those that had nothing to examine, with the reason.

    Raises:
        LayerCheckError: the layer fails; an `AssertionError` with one sentence for each check that failed.
        ValueError: an argument is invalid.

    Example:

    >>> import keras
    >>> from keras_tips.testing import check_layer
    >>> report = check_layer(
    ...     keras.layers.LeakyReLU,
    ...     {"negative_slope": 0.1},
    ...     (2, 3),
    ...     reference=lambda layer, x: x * (1 - 0.9 * (x < 0)),
    ... )
    >>> "reference" in report.passed
    True
    """
    skipped = _skipped(skip)
    init_kwargs, call_kwargs = _mapping("init_kwargs", init_kwargs), _mapping("call_kwargs", call_kwargs)
    if not callable(layer_class) or isinstance(layer_class, keras.layers.Layer):
        raise invalid("layer_class", "a class of layers", layer_class, "Give the class, and its arguments as `init_kwargs`.")
    _check_what_was_told(reference, supports_masking)
    arrays = given_inputs(input_shape, inputs)
    told = {"reference": reference, "expected_output_shape": expected_output_shape, "supports_masking": supports_masking}
    name = getattr(layer_class, "__name__", repr(layer_class))
    try:
        subject = examined(layer_class, init_kwargs, arrays, call_kwargs, **told)
    except Exception as error:
        raise LayerCheckError(name, {"call": _retold(error)}) from error
    return _report(name, subject, skipped)


def _report(name: str, subject: Subject, skipped: set[str]) -> LayerReport:
    passed, left, failed = [], [], {}
    for check, examine in CHECKS.items():
        if check in skipped:
            left.append((check, "skipped"))
            continue
        try:
            examine(subject)
        except NotExamined as answer:
            left.append((check, str(answer)))
        except Exception as error:  # whatever a layer raises is a finding; all of them are raised below
            reason = lacking(error)
            if reason is None:
                failed[check] = error
            else:
                left.append((check, reason))
        else:
            passed.append(check)
    if failed:
        sentences = {check: _retold(error) for check, error in failed.items()}
        raise LayerCheckError(name, sentences) from ExceptionGroup(f"the checks that {name} fails", list(failed.values()))
    return LayerReport(name, tuple(passed), tuple(left))


def _skipped(skip: Any) -> set[str]:
    if not isinstance(skip, Iterable) or isinstance(skip, (str, bytes)):
        raise invalid("skip", "a list of names of checks", skip, f"Write skip=[{skip!r}].")
    return {check_choice("skip", name, CHECKS) for name in skip}


def _check_what_was_told(reference: Any, supports_masking: Any) -> None:
    if reference is not None and not callable(reference):
        raise invalid("reference", "a function of layer and inputs, or None", reference)
    if supports_masking is not None and not isinstance(supports_masking, bool):
        raise invalid("supports_masking", "True, False or None", supports_masking)


def _mapping(name: str, value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise invalid(name, "a mapping of argument names to values", value)
    return dict(value or {})


def _retold(error: Exception) -> str:
    if isinstance(error, Defect):
        return str(error)
    plain = re.sub("\x1b\\[[0-9;]*m", "", str(error))  # Keras prints in bold
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return f"Expected no exception. Received {type(error).__name__}: {' '.join(lines[:LINES_OF_AN_ERROR])}"
