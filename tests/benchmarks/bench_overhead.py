"""What a monitor costs: CPU time of `fit` with it over `fit` without, interleaved in one process.

    KERAS_BACKEND=jax python tests/benchmarks/bench_overhead.py

Each fit has a model and a watcher of its own. Printed are the quartiles of the ratios: of the first epoch, in which both
compile and the watcher looks most often, and of the later epochs. A ratio of 1.02 means two percent more CPU time.
"""

import gc
import os
import statistics
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from keras_tips import Doctor
from keras_tips.callbacks import GradientMonitor

PAIRS = int(os.environ.get("PAIRS", "5"))
EPOCHS = 3


def mlp(width, hidden, inputs, classes=10):
    layers = [keras.layers.Dense(width, "relu") for _ in range(hidden)]
    model = keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(classes, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


NETWORKS = {  # name -> (model, input width, batch size, steps of one fit)
    "MLP of 1.5 million weights, batch 128": (lambda: mlp(512, 5, 784), 784, 128, 60),
    "tiny MLP 64-128-10, batch 32": (lambda: mlp(128, 1, 64), 64, 32, 1000),
}
WATCHERS = {
    "Doctor()": lambda: [Doctor()],
    "GradientMonitor()": lambda: [GradientMonitor()],
    "GradientMonitor(every=1)": lambda: [GradientMonitor(every=1)],
    "keras TensorBoard": lambda: [keras.callbacks.TensorBoard(tempfile.mkdtemp(), write_graph=False)],
}


class CpuTime(keras.callbacks.Callback):
    """CPU seconds of each epoch."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.process_time() - self.start)


def cpu_seconds(make, x, y, batch_size, callbacks):
    """CPU seconds of the first epoch and of the later ones."""
    gc.collect()
    clock = CpuTime()
    make().fit(x, y, batch_size=batch_size, epochs=EPOCHS, verbose=0, callbacks=[clock, *callbacks])
    return clock.seconds[0], sum(clock.seconds[1:])


def ratios(make, inputs, batch_size, steps, watch):
    """One pair of ratios (first epoch, later epochs) per pair of fits."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(steps * batch_size, inputs)).astype("float32"), rng.integers(0, 10, steps * batch_size)
    for _ in range(PAIRS):
        without = cpu_seconds(make, x, y, batch_size, [])
        with_watcher = cpu_seconds(make, x, y, batch_size, watch())
        yield [watched / plain for watched, plain in zip(with_watcher, without, strict=True)]


def main():
    print(f"backend {keras.backend.backend()}, {PAIRS} pairs; ratio of CPU time: lower quartile, median, upper quartile")
    for name, (make, inputs, batch_size, steps) in NETWORKS.items():
        print(f"{name}: {steps} steps per epoch, first epoch | later epochs")
        for watcher, watch in WATCHERS.items():
            first, later = zip(*ratios(make, inputs, batch_size, steps, watch), strict=True)
            figures = [f"{value:6.3f}" for part in (first, later) for value in statistics.quantiles(part, n=4)]
            print(f"  {watcher:26} {' '.join(figures[:3])} | {' '.join(figures[3:])}", flush=True)


if __name__ == "__main__":
    main()
