"""The doctor: pure rules over a recorded run, and the order in which their findings should be read. No framework."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
