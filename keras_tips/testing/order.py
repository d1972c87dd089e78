"""The checks by name, in the order in which they run: what explains other failures comes first."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from keras_tips.testing.checks.batch_size import batch_size
from keras_tips.testing.checks.channels_first import channels_first
from keras_tips.testing.checks.clone import clone
from keras_tips.testing.checks.config import config
from keras_tips.testing.checks.copies import copies
from keras_tips.testing.checks.export import export
from keras_tips.testing.checks.finite import finite
from keras_tips.testing.checks.gradient import gradient
from keras_tips.testing.checks.inputs_unchanged import inputs_unchanged
from keras_tips.testing.checks.jit import jit
from keras_tips.testing.checks.keras_file import keras_file
from keras_tips.testing.checks.keras_harness import keras_harness
from keras_tips.testing.checks.mask import mask
from keras_tips.testing.checks.mixed_precision import mixed_bfloat16, mixed_float16
from keras_tips.testing.checks.models import models
from keras_tips.testing.checks.output_spec import output_spec
from keras_tips.testing.checks.reference import reference
from keras_tips.testing.checks.seed import seed
from keras_tips.testing.checks.weights_file import weights_file
from keras_tips.testing.subject import Subject

__all__ = ["CHECKS"]

# Each returns None, or raises `NotExamined` with a reason, or `Defect` with a sentence.
_ORDER: tuple[Callable[[Subject], None], ...] = (
    output_spec,
    finite,
    reference,
    gradient,
    config,
    keras_file,
    weights_file,
    clone,
    copies,
    models,
    batch_size,
    channels_first,
    mask,
    seed,
    inputs_unchanged,
    mixed_float16,
    mixed_bfloat16,
    jit,
    export,
    keras_harness,
)
CHECKS: Mapping[str, Callable[[Subject], None]] = MappingProxyType({check.__name__: check for check in _ORDER})
