"""What local response normalization costs: CPU time over that of the backend's own operation.

    KERAS_BACKEND=torch python tests/benchmarks/bench_local_response_normalization.py

JAX has no such operation: there the reference is `jax.lax.reduce_window`, which a user would write. Printed are the
quartiles of the ratios, forward and training step, compiled or not.

Where the limit is: on a CPU with TensorFlow or PyTorch, the matrix product with a band of ones (for each element one
product per channel, and no more than 64 and the window with TensorFlow); elsewhere, reading and writing memory. What is
left are a square, two roots and a product for each element.
"""

import os
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from ratios import cpu_ratios, finished, quartiles

from keras_tips.layers import LocalResponseNormalization

RADIUS, BIAS, ALPHA, BETA = 5, 1.0, 1e-4, 0.75
SHAPES = [(32, 28, 28, 64), (8, 55, 55, 96), (32, 13, 13, 256)]  # (batch, height, width, channels)
ROUNDS = int(os.environ.get("ROUNDS", "15"))


def tensorflow_variants(layer):
    """(name, reference, candidate) of functions of inputs and direction."""
    import tensorflow as tf

    def native(x):
        return tf.nn.local_response_normalization(x, RADIUS, BIAS, ALPHA, BETA)

    def step(function, jit):
        @tf.function(jit_compile=jit)
        def gradient(x, direction):
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = tf.reduce_sum(function(x) * direction)
            return tape.gradient(total, x)

        return lambda x, direction: gradient(x, direction).numpy()

    def forward(function, jit):
        compiled = tf.function(function, jit_compile=jit)
        return lambda x, direction: compiled(x).numpy()

    for jit in (False, True):
        for kind in (forward, step):
            yield f"{kind.__name__}, {'XLA' if jit else 'graph'}", kind(native, jit), kind(layer, jit)


def jax_variants(layer):
    import jax

    def native(x):
        window, pad = (1, 1, 1, 2 * RADIUS + 1), ((0, 0), (0, 0), (0, 0), (RADIUS, RADIUS))
        total = jax.lax.reduce_window(x * x, 0.0, jax.lax.add, window, (1, 1, 1, 1), pad)
        return x * (BIAS + ALPHA * total) ** -BETA

    def forward(function):
        compiled = jax.jit(function)
        return lambda x, direction: finished(compiled(x))

    def step(function):
        compiled = jax.jit(jax.grad(lambda x, direction: (function(x) * direction).sum()))
        return lambda x, direction: finished(compiled(x, direction))

    for kind in (forward, step):
        yield f"{kind.__name__}, jit", kind(native), kind(layer)


def torch_variants(layer):
    import torch

    def native(x):  # wants channels on axis 1; moving an axis copies nothing
        size = 2 * RADIUS + 1
        return torch.nn.functional.local_response_norm(x.movedim(-1, 1), size, ALPHA * size, BETA, BIAS).movedim(1, -1)

    def forward(function):
        def run(x, direction):
            with torch.no_grad():
                return function(x)

        return run

    def step(function):
        def run(x, direction):
            x = x.clone().requires_grad_(True)
            (function(x) * direction).sum().backward()
            return x.grad

        return run

    for kind in (forward, step):
        yield kind.__name__, kind(native), kind(layer)


def main():
    backend = keras.backend.backend()
    layer = LocalResponseNormalization(RADIUS, BIAS, ALPHA, BETA)
    print(f"{backend}, {ROUNDS} rounds; ratio of CPU time to the backend's own: lower quartile, median, upper quartile")
    for shape in SHAPES:
        rng = np.random.default_rng(0)
        x, direction = (keras.ops.convert_to_tensor(rng.normal(size=shape).astype("float32")) for _ in range(2))
        variants = {"tensorflow": tensorflow_variants, "jax": jax_variants, "torch": torch_variants}[backend](layer)
        for name, reference, candidate in variants:
            pair = [partial(function, x, direction) for function in (reference, candidate)]
            print(f"  {shape!s:18} {name:16} {quartiles(cpu_ratios(*pair, rounds=ROUNDS))}", flush=True)


if __name__ == "__main__":
    main()
