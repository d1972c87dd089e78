"""Which layers make other rows of the rows they read, at random, while training."""

from keras_tips.records.facts import LayerFact

__all__ = ["augments"]

AUGMENTING = ("Random", "Augment", "Noise", "Jitter", "MixUp", "CutMix", "AugMix", "Solarization", "Lighting", "Crop", "Aug")


def augments(layer: LayerFact) -> bool:
    """Returns whether a layer is one for augmentation, or for noise, by the name of its class; it has no weights.

    >>> augments({"parameters": 0, "kind": "RandomFlip"}), augments({"parameters": 0, "kind": "Flatten"})
    (True, False)
    """
    return not layer["parameters"] and any(part in layer["kind"] for part in AUGMENTING)
