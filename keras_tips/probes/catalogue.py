"""All probes there are."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from keras_tips._base.discovery import discover
from keras_tips.probes.probe import Probe

__all__ = ["catalogue", "quantities"]


@cache
def catalogue() -> Mapping[str, Probe]:
    """Returns quantity -> probe for every file in `keras_tips.probes.quantities`, sorted by name.

    >>> catalogue()["gradient_norm"].unit
    'loss per unit of the variable'
    """
    return MappingProxyType(discover("keras_tips.probes.quantities"))


@cache
def quantities(*measures: type) -> tuple[str, ...]:
    """Returns the names of the quantities that are measured of these kinds of things.

    >>> from keras_tips.probes import TrainingStep
    >>> quantities(TrainingStep)
    ('batch_loss', 'learning_rate', 'predicted_loss_change')
    """
    return tuple(name for name, probe in catalogue().items() if probe.measures in measures)
