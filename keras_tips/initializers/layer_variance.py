"""What became of one layer's variance."""

from typing import NamedTuple

__all__ = ["LayerVariance"]


class LayerVariance(NamedTuple):
    """The variance of what a layer gives to its activation, over a batch.

    Attributes:
        layer: name of the layer.
        before: variance with the weights that the model had, in this layer and in those before it.
        after: variance with the new weights.
    """

    layer: str
    before: float
    after: float
