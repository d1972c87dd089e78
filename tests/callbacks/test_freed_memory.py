import sys

import keras
import numpy as np
import pytest

from keras_tips.callbacks import compiled_view, step_meter
from keras_tips.callbacks.freed_memory import hand_back_freed_memory
from keras_tips.callbacks.gradient_monitor import GradientMonitor


def resident():
    """Megabytes."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_system_gets_memory_that_was_freed_below_some_in_use():
    blocks = [bytearray(2000) for _ in range(50_000)]  # 100 MB
    blocks = blocks[-1:]  # the last of them keeps glibc from giving back what lies below
    before = resident()
    hand_back_freed_memory()
    assert blocks
    assert resident() < before - 50


def test_a_c_library_that_cannot_be_asked_is_left_alone(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    hand_back_freed_memory()


@pytest.mark.backend
def test_it_is_asked_after_a_program_was_compiled_by_xla_and_not_again(monkeypatch):
    asked = []
    for module in (step_meter, compiled_view):
        monkeypatch.setattr(module, "hand_back_freed_memory", lambda: asked.append(1))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")
    for _ in range(2):
        model.fit(x, y, batch_size=2, epochs=2, verbose=0, callbacks=[GradientMonitor(every=1)])
    assert len(asked) == (1 if keras.backend.backend() == "jax" else 0)
