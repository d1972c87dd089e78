"""The plain objects that stand between the stages: nothing here imports a deep-learning framework."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
