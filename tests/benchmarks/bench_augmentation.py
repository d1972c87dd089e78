"""What augmentation per image costs: CPU time over that of Keras's nearest layer, which draws once for a whole batch.

    KERAS_BACKEND=jax python tests/benchmarks/bench_augmentation.py

Printed are the quartiles of the ratios; 1.50 means half as much again. Batches are called as `fit` calls them, compiled
where backend and layer compile. Pipelines are `tf.data`, whatever the backend is, one photograph at a time.

Where the limit is: memory. Light is one pass over the pixels, as brightness is. A crop at one place is a copy of rows; a
place per image is a look-up per pixel. Resizing reads the whole image, and a size per image is a product with matrices.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from ratios import cpu_ratios, quartiles

from keras_tips.layers import PCALighting, ShortestSideCrop

ROUNDS = int(os.environ.get("ROUNDS", "9"))
BATCH, HEIGHT, WIDTH, CROP = 32, 256, 320, 224
PHOTOGRAPHS = np.random.default_rng(0).integers(0, 256, (BATCH, HEIGHT, WIDTH, 3)).astype("float32")


def compiled(layer):
    """Training calls on one batch, compiled as `fit` compiles them."""
    images = keras.ops.convert_to_tensor(PHOTOGRAPHS)
    layer(images, training=True)  # so that it is built
    if keras.backend.backend() == "tensorflow":
        return tf.function(lambda: layer(images, training=True))
    if keras.backend.backend() == "torch":
        return lambda: layer(images, training=True).contiguous()  # a slice is copied later, but it is copied
    if layer.supports_jit:  # JAX does not compile Keras's RandomCrop
        import jax

        call = jax.jit(lambda state: layer.stateless_call([], state, images, training=True)[0])
        return lambda: call([variable.value for variable in layer.variables])
    return lambda: layer(images, training=True)


def pipeline(layer):
    """One pass over the photographs, one by one, as a pipeline gives them."""
    dataset = tf.data.Dataset.from_tensor_slices(PHOTOGRAPHS).map(lambda image: layer(image, training=True)).batch(BATCH)
    return lambda: [None for _ in dataset]


class ResizeThenCrop:
    """What a person would take instead of `ShortestSideCrop(shortest_side=...)`, for images of one known size."""

    supports_jit = False

    def __init__(self, side):
        size = (side, round(side * WIDTH / HEIGHT))
        self.layers = [keras.layers.Resizing(*size), keras.layers.RandomCrop(CROP, CROP)]

    def __call__(self, images, training):
        return self.layers[1](self.layers[0](images), training=training)


PAIRS = {  # name -> (Keras's nearest layer, ours)
    "light over RandomBrightness": (
        lambda: keras.layers.RandomBrightness(0.1),
        lambda: PCALighting(),
    ),
    "crop without resizing over RandomCrop": (
        lambda: keras.layers.RandomCrop(CROP, CROP),
        lambda: ShortestSideCrop(CROP, CROP, shortest_side=HEIGHT),
    ),
    "crop at side 240 over Resizing and RandomCrop": (
        lambda: ResizeThenCrop(240),
        lambda: ShortestSideCrop(CROP, CROP, shortest_side=240),
    ),
    "crop at side 224 to 256 over Resizing and RandomCrop": (
        lambda: ResizeThenCrop(240),
        lambda: ShortestSideCrop(CROP, CROP, shortest_side=(224, 256)),
    ),
}


def main():
    print(f"backend {keras.backend.backend()}, {ROUNDS} rounds")
    print(f"{BATCH} photographs of {HEIGHT} x {WIDTH}, crops of {CROP} x {CROP}")
    print("ratio of CPU time: lower quartile, median, upper quartile")
    for name, (theirs, ours) in PAIRS.items():
        for way in (compiled, pipeline):
            ratios = cpu_ratios(way(theirs()), way(ours()), rounds=ROUNDS)
            print(f"  {way.__name__:9} {name:55} {quartiles(ratios)}", flush=True)


if __name__ == "__main__":
    main()
