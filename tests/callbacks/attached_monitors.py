"""A plugin of pytest: whatever calls `fit`, monitors are attached to it. Keras's own tests have to pass all the same.

KERAS_BACKEND=jax PYTHONPATH=tests/callbacks python -m pytest -p attached_monitors -c /dev/null KERAS/src/trainers
"""

import functools

import keras
from keras.src.trainers.trainer import Trainer

from keras_tips import Doctor
from keras_tips.callbacks import ActivationMonitor, GradientMonitor


def with_monitors(fit):
    @functools.wraps(fit)
    def watched(self, *arguments, callbacks=None, **keywords):
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            given = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks] if callbacks else []
            callbacks = [*given, GradientMonitor(), ActivationMonitor(), Doctor()]
        return fit(self, *arguments, callbacks=callbacks, **keywords)

    return watched


def subclasses(kind):
    return {kind} | {each for child in kind.__subclasses__() for each in subclasses(child)}


for kind in subclasses(Trainer):
    if "fit" in vars(kind) and kind is not Trainer:
        kind.fit = with_monitors(kind.fit)
