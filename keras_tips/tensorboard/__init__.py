"""The Tips page in TensorBoard: what the doctor said of every run. Imports TensorBoard, and no deep-learning framework."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
