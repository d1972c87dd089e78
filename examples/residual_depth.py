"""A deeper network that is worse on its own training data, and the same layers with shortcuts around them.

    python examples/residual_depth.py [picture.png]

Each network has a first layer, then 4, 20 or 48 dense layers with batch normalization and ReLU, then ten outputs. A network
of 48 layers could do all that one of 4 does: let the rest pass on what they get. It does not learn to. That is no
overfitting: all that is measured here is accuracy on the training data. With a shortcut around every two layers, passing on
is what a layer does when it has learned nothing yet.
"""

import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np
from sklearn.datasets import load_digits

from keras_tips.layers import ResidualBlock

matplotlib.use("Agg")  # draws into a file, on a machine without a screen too
import matplotlib.pyplot as plt

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
width, depths, epochs = 32, (4, 20, 48), 8

x, y = load_digits(return_X_y=True)  # (1797, 64), (1797,)
x = (x / 8 - 1).astype("float32")  # from [0, 16] to [-1, 1]

# --- The same layers, without and with shortcuts ----------------------------------------------------------------------


def plain(depth):
    layers = []
    for _ in range(depth):
        layers.append(keras.layers.Dense(width, use_bias=False, kernel_initializer="he_normal"))
        layers += [keras.layers.BatchNormalization(), keras.layers.ReLU()]
    return layers


def residual(depth):
    return [ResidualBlock(width, depth=2) for _ in range(depth // 2)]  # (batch, 32) -> (batch, 32), two layers each


accuracies = {}
for title, hidden in (("plain", plain), ("residual", residual)):
    for depth in depths:
        keras.utils.set_random_seed(0)
        first, last = keras.layers.Dense(width, "relu"), keras.layers.Dense(10, "softmax")
        model = keras.Sequential([keras.Input((64,)), first, *hidden(depth), last])
        model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x, y, batch_size=128, epochs=epochs, verbose=0).history
        accuracies[title, depth] = history["accuracy"]
        print(f"{title:>8}, {depth:2} layers: {history['accuracy'][-1]:6.1%} of the training data right", flush=True)

# --- The picture: accuracy on the training data, epoch by epoch -------------------------------------------------------

figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for panel, title in zip(panels, ("plain", "residual"), strict=True):
    for color, depth in zip(plt.colormaps["viridis"](np.linspace(0.75, 0.1, len(depths))), depths, strict=True):
        panel.plot(range(1, epochs + 1), accuracies[title, depth], color=color, linewidth=2.5, label=f"{depth} layers")
    panel.set(title=title, xlabel="epoch", ylim=(0, 1))
    panel.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("accuracy on the training data")
panels[1].legend(loc="lower right", frameon=False)
figure.savefig(picture, dpi=150)
print(f"The curves are drawn in {picture}")
