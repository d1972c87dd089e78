"""What maxout layers and PReLU cost: CPU time over that of the best thing a user would pick instead.

    KERAS_BACKEND=jax python tests/benchmarks/bench_layers.py [PReLU]

A word measures only the comparisons that begin with it.

Forward is `predict_on_batch`, a training step is `train_on_batch`; both compiled (jit) and not. PyTorch is measured without
jit, which is its default. Printed are lower quartile, median and upper quartile of ratios taken in turns in one process.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from ratios import cpu_ratios, quartiles

from keras_tips.layers import Maxout, MaxoutConv2D, MaxoutDense, PReLU

ROUNDS = int(os.environ.get("ROUNDS", "15"))
UNITS, PIECES, INPUTS, BATCH = 256, 4, 784, 256


def one_wide_layer(inputs):
    """One product for all pieces, as whoever knows would write it."""
    x = keras.layers.Dense(UNITS * PIECES)(inputs)
    return keras.ops.max(keras.ops.reshape(x, (-1, UNITS, PIECES)), axis=-1)


def separate_layers(inputs):
    """One layer per piece, as Keras's own layers suggest."""
    return keras.layers.Maximum()([keras.layers.Dense(UNITS)(inputs) for _ in range(PIECES)])


def one_wide_convolution(inputs):
    x = keras.layers.Conv2D(32 * 2, 3)(inputs)
    shape = x.shape
    return keras.ops.max(keras.ops.reshape(x, (-1, *shape[1:3], 32, 2)), axis=-1)


IMAGES = (28, 28, 16)
COMPARISONS = {  # what is compared -> (shape of an example, candidate, reference, limit)
    "MaxoutDense / Dense, reshape, max": ((INPUTS,), MaxoutDense(UNITS, PIECES), one_wide_layer, "1.10"),
    "MaxoutDense / separate Dense, Maximum": ((INPUTS,), MaxoutDense(UNITS, PIECES), separate_layers, "1"),
    "Dense, Maxout / Dense, reshape, max": (
        (INPUTS,),
        lambda inputs: Maxout(PIECES)(keras.layers.Dense(UNITS * PIECES)(inputs)),
        one_wide_layer,
        "1.10",
    ),
    "MaxoutConv2D / Conv2D, reshape, max": (IMAGES, MaxoutConv2D(32, 3), one_wide_convolution, "1.10"),
    "PReLU / keras PReLU, a slope per channel": (IMAGES, PReLU(), keras.layers.PReLU(shared_axes=[1, 2]), "1.02"),
    "PReLU / keras PReLU, a slope per position": (IMAGES, PReLU(share="neuron"), keras.layers.PReLU(), "1.02"),
}


def steps(shape, layer, jit):
    """Forward and training step of a model of this one layer."""
    inputs = keras.Input(shape)
    model = keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse", jit_compile=jit)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH, *shape)).astype("float32")
    y = rng.normal(size=(BATCH, *model.output_shape[1:])).astype("float32")
    return {"forward": lambda: model.predict_on_batch(x), "training step": lambda: model.train_on_batch(x, y)}


def main():
    backend = keras.backend.backend()
    print(f"backend {backend}, {ROUNDS} rounds; ratio of CPU time: lower quartile, median, upper quartile")
    for jit in (False,) if backend == "torch" else (True, False):
        for name, (shape, candidate, reference, limit) in COMPARISONS.items():
            if not name.startswith(tuple(sys.argv[1:]) or ""):
                continue
            ours, theirs = steps(shape, candidate, jit), steps(shape, reference, jit)
            for kind in ours:
                ratios = cpu_ratios(theirs[kind], ours[kind], calls=10, rounds=ROUNDS)
                print(f"{name:42} {kind:14} jit {'on ' if jit else 'off'}  {quartiles(ratios)}   (limit {limit})", flush=True)
    products = BATCH * INPUTS * UNITS * PIECES * 2 / 1e9
    print(f"The limit of MaxoutDense is its matrix product: {products:.2f} billion operations forward, three times as many in")
    print("a training step, against one read of the pieces for the maximum. That of PReLU is memory: it reads and writes each")
    print("value once and computes next to nothing.")


if __name__ == "__main__":
    main()
