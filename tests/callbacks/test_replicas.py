"""Training on two devices: gradients are those of the whole batch, or it is refused before the first step.

Devices are made when a backend starts, so each test runs a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

pytestmark = pytest.mark.backend

BACKEND = keras.backend.backend()
START = """
import keras, numpy as np
from keras_tips import Doctor
from keras_tips.callbacks import ActivationMonitor, GradientMonitor
from hand_loop import check_against, batches_of, hand_loop, rename
rng = np.random.default_rng(0)
x, y = rng.normal(size=(16, 6)).astype("float32"), rng.integers(0, 3, 16)

def network():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model
"""
ON_JAX = """
import jax
assert len(jax.devices()) == 2
twin = network()
rows = hand_loop(twin, batches_of(x, y) * 2)
keras.distribution.set_distribution(keras.distribution.DataParallel())
model, monitor, doctor = network(), GradientMonitor(every=1), Doctor()
model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=[monitor, ActivationMonitor(every=1), doctor])
assert len(model.layers[0].kernel.value.sharding.device_set) == 2
check_against(monitor, [rename(row, twin, model) for row in rows])
assert doctor.run.fact("inputs")[0]["rows"] == 16
"""
ON_TENSORFLOW = """
import tensorflow as tf
cpu, one = tf.config.list_physical_devices("CPU")[0], tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(cpu, [one, one])
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = network()
for callback in (GradientMonitor(), ActivationMonitor(), Doctor()):
    before = model.get_weights()
    try:
        model.fit(x, y, verbose=0, callbacks=[callback])
    except ValueError as error:
        assert "MirroredStrategy with 2, whose gradients are reduced after the step" in str(error), error
        assert "DataParallel" in str(error)
    else:
        raise AssertionError("not refused")
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights()))
    assert not {"train_step", "train_function_"} & set(vars(model))
model.fit(x, y, verbose=0)
"""


@pytest.mark.skipif(BACKEND == "torch", reason="Keras trains on one device with PyTorch")
def test_two_devices():
    program = START + {"jax": ON_JAX, "tensorflow": ON_TENSORFLOW}[BACKEND]
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=2"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "XLA_FLAGS": flags}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
