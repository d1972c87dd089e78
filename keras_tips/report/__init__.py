"""What people see of runs, diagnoses and searches: text, pictures, one page, TensorBoard files. No framework is imported."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
