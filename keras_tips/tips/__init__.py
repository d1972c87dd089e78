"""Remedies as objects: a tip turns one experiment into another, and opens the hyperparameters that a search may vary."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
