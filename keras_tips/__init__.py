"""The recipe for training deep neural networks, as software for Keras 3.

First look whether the result is good on the training data, and only then on validation data:

    from keras_tips import Doctor

    doctor = Doctor()
    model.fit(x, y, validation_data=(x_validation, y_validation), callbacks=[doctor])
    print(doctor.diagnosis)

Importing this package imports no framework; each name is loaded when it is first used. Where Keras is there already, its
registry learns the names of all components, so that models saved with them load after `import keras` and `import keras_tips`.
"""

import importlib
import sys

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

if "keras" in sys.modules:
    for _room in ("layers", "regularizers", "initializers", "schedules"):
        _components = importlib.import_module(f"keras_tips.{_room}")
        for _name in _components.__all__:
            getattr(_components, _name)  # each registers itself when its file is imported
