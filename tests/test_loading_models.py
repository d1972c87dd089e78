"""A model with our components loads in a program that only imports Keras and this package."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_tips.initializers import MaxoutInitializer
from keras_tips.layers import MaxoutDense, PReLU
from keras_tips.regularizers import Lp

pytestmark = pytest.mark.backend

LOAD = """
import keras
import keras_tips
import numpy as np
model = keras.models.load_model("model.keras")
np.save("again.npy", model.predict(np.load("x.npy"), verbose=0))
"""


def test_a_fresh_program_loads_what_another_has_saved(tmp_path):
    regular = {"kernel_regularizer": Lp(1.5, 0.1), "kernel_initializer": MaxoutInitializer(3)}
    model = keras.Sequential([keras.Input((4,)), MaxoutDense(3, pieces=3, **regular), PReLU()])
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    np.save(tmp_path / "x.npy", x)
    subprocess.run([sys.executable, "-c", LOAD], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_allclose(np.load(tmp_path / "again.npy"), model.predict(x, verbose=0), rtol=1e-6)
