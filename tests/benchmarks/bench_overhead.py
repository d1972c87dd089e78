"""What a monitor costs: CPU time of `fit` with it over `fit` without, interleaved in one process; and memory.

    KERAS_BACKEND=jax python tests/benchmarks/bench_overhead.py

Printed per network and watcher are the quartiles of the ratios of whole fits of a model that was trained before, each with a
new watcher, to fits of the same model without, which come right before or after, by lot; the milliseconds of a step without and
with it; and seconds of the very first fit, in which Keras compiles its step, and a monitor its own besides. A ratio of 1.02
means two percent more time. Memory is the largest that a process of its own ever held, over that
of one without: of the machine, or of the GPU where one computes.

ROUNDS says how often everything is run in turns, ONLY which watchers are and NETWORK which networks (a part of their names),
MEMORY=0 leaves memory out.
On PyTorch set MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TOP_PAD_=268435456: else glibc hands
back what was freed, or does not, and by that luck alone steps take a fifth longer.
CLOCK=wall takes time on the clock instead of CPU time: for a GPU, on a machine that does nothing else.
"""

import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers
from ratios import quartiles
from usual_watchers import BackwardHooks, TapeCallback

from keras_tips import Doctor
from keras_tips.callbacks import GradientMonitor

ROUNDS, EPOCHS = int(os.environ.get("ROUNDS", "5")), 2
ONLY, NETWORK = os.environ.get("ONLY", ""), os.environ.get("NETWORK", "")
PAIRS = 7  # of processes; what one of them holds at most differs by two percent from time to time
CLOCK = os.environ.get("CLOCK", "cpu")
now = {"cpu": time.process_time, "wall": time.perf_counter}[CLOCK]


def compiled(*parts):
    model = keras.Sequential([*parts, layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def mlp(inputs, width, hidden):
    return compiled(keras.Input((inputs,)), *[layers.Dense(width, "relu") for _ in range(hidden)])


def cnn():
    first, second = [layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D()], layers.Conv2D(32, 3, activation="relu")
    return compiled(keras.Input((28, 28, 1)), *first, second, layers.MaxPooling2D(), layers.Flatten(), layers.Dense(64, "relu"))


NETWORKS = {  # name -> (model, shape of a row, batch size, steps of one epoch)
    "tiny MLP 64-128-10, batch 32": (lambda: mlp(64, 128, 1), (64,), 32, 1000),
    "MLP of 1.5 million weights, batch 128": (lambda: mlp(784, 512, 5), (784,), 128, 300),
    "small CNN, batch 64": (cnn, (28, 28, 1), 64, 300),
}
WATCHERS = {
    "Doctor()": lambda x, y: Doctor(),
    "GradientMonitor()": lambda x, y: GradientMonitor(),
    "GradientMonitor(every=1)": lambda x, y: GradientMonitor(every=1),
    "keras TensorBoard, histograms": lambda x, y: keras.callbacks.TensorBoard(
        tempfile.mkdtemp(), histogram_freq=1, write_graph=False
    ),
    "a tape in a callback, each 50": lambda x, y: TapeCallback(x, y, every=50),
}
if keras.backend.backend() == "torch":
    WATCHERS["backward hooks, each 50"] = lambda x, y: BackwardHooks(every=50)


def data(shape, rows):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, *shape)).astype("float32"), rng.integers(0, 10, rows)


def seconds_of_fit(model, x, y, batch_size, watch):
    gc.collect()
    callbacks = [watch(x[:batch_size], y[:batch_size])] if watch else []
    start = now()
    model.fit(x, y, batch_size=batch_size, epochs=EPOCHS, verbose=0, callbacks=callbacks)
    return now() - start


def compare(make, shape, batch_size, steps):
    """Prints the ratios of all watchers. Each has a model of its own, which in turns is trained with and without it."""
    x, y = data(shape, steps * batch_size)
    print(f"  {'none':50} | first fit {seconds_of_fit(make(), x, y, batch_size, None):.1f} s", flush=True)
    watchers, order = {name: watch for name, watch in WATCHERS.items() if ONLY in name}, random.Random(0)
    models = {name: make() for name in watchers}
    first = {name: seconds_of_fit(models[name], x, y, batch_size, watch) for name, watch in watchers.items()}
    found = {name: [] for name in watchers}  # name -> seconds (without, with) of each round
    for _ in range(ROUNDS):
        for name in order.sample(list(watchers), len(watchers)):
            turns = order.sample([False, True], 2)
            took = {on: seconds_of_fit(models[name], x, y, batch_size, watchers[name] if on else None) for on in turns}
            found[name].append((took[False], took[True]))
    for name, pairs in found.items():
        ratios = quartiles([watched / plain for plain, watched in pairs])
        plain, watched = (1000 * statistics.median(each) / (EPOCHS * steps) for each in zip(*pairs, strict=True))
        print(f"  {name:30} {ratios:19} | {plain:.3f} -> {watched:.3f} ms a step | first fit {first[name]:.1f} s", flush=True)


def peak_memory(network, watcher):
    """Megabytes that a process which trains with this watcher holds at most."""
    command = [sys.executable, __file__, network, watcher]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def train_once(network, watcher):
    make, shape, batch_size, steps = NETWORKS[network]
    x, y = data(shape, steps * batch_size)
    seconds_of_fit(make(), x, y, batch_size, WATCHERS.get(watcher))
    print((gpu_bytes() or resident_bytes()) / 2**20)


def resident_bytes():
    """The most that was resident at one time. `ru_maxrss` would count what the parent held when it started this process."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def gpu_bytes():
    """The most that was in use on the GPU at one time; None without one, and on TensorFlow."""
    if keras.backend.backend() == "torch":
        import torch

        return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
    if keras.backend.backend() == "jax":
        import jax

        return (jax.local_devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    return None


def main():
    print(f"backend {keras.backend.backend()}; {CLOCK} time of {EPOCHS} epochs over that without; quartiles of {ROUNDS} rounds")
    for network in (name for name in NETWORKS if NETWORK in name):
        make, shape, batch_size, steps = NETWORKS[network]
        print(f"{network}: {steps} steps per epoch")
        compare(make, shape, batch_size, steps)
        if os.environ.get("MEMORY", "1") == "1":
            ratios = [peak_memory(network, "Doctor()") / peak_memory(network, "none") for _ in range(PAIRS)]
            print(f"  {'Doctor(), memory':30} {quartiles(ratios)}", flush=True)


if __name__ == "__main__":
    train_once(*sys.argv[1:]) if len(sys.argv) == 3 else main()
