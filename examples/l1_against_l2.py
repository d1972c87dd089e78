"""L1 against L2, and Lp between: what each penalty makes of the weights of one network.

    python examples/l1_against_l2.py [picture.png]

The same small network learns handwritten digits, from the same first weights each time. Only the penalty on its kernels
differs. L1 pulls every weight equally hard: many arrive at zero. L2 pulls in proportion to the weight: the large ones
become smaller, and hardly any zero. In between, p = 1.5 does some of both. All of them recognize new digits about equally
well.
"""

import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from keras_tips.regularizers import Lp, apply_to_kernels

matplotlib.use("Agg")  # draws into a file, on a machine without a screen too
import matplotlib.pyplot as plt

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
NEAR_ZERO = 0.005  # without a penalty, the mean size of a weight is about 70 times that

images, digits = load_digits(return_X_y=True)  # (1797, 64), (1797,)
images = images[:, images.std(axis=0) > 1.5] / 16  # (1797, 47): weights of pixels that hardly change learn nothing
x, x_test, y, y_test = train_test_split(images, digits, test_size=0.3, random_state=0)

# --- One network per penalty ------------------------------------------------------------------------------------------

penalties = {"no penalty": None, "L1 (p = 1)": Lp(1, 1e-3), "p = 1.5": Lp(1.5, 1e-3), "L2 (p = 2)": Lp(2, 1e-3)}
weights = {}
for title, penalty in penalties.items():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((47,)),  # (batch, 47)
            keras.layers.Dense(32, "tanh"),  # (batch, 32)
            keras.layers.Dense(10, "softmax"),  # (batch, 10)
        ]
    )
    apply_to_kernels(model, penalty)
    # Plain gradient descent shows the penalties as they are. Adam divides each pull by its own size, so that L2 would pull
    # nearly as evenly as L1. Steps become small at the end: near zero, L1 jumps to and fro by a step.
    rate = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=40 * 40)
    optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=32, epochs=40, verbose=0)

    weights[title] = np.concatenate([np.ravel(layer.get_weights()[0]) for layer in model.layers])  # (1824,)
    zero = np.mean(np.abs(weights[title]) < NEAR_ZERO)
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    print(f"{title:>10}: {accuracy:.1%} of the test digits right; {zero:4.0%} of the weights near zero, ", end="")
    print(f"the largest is {np.abs(weights[title]).max():.2f}")

# --- The picture: how many weights have which size --------------------------------------------------------------------

figure, panels = plt.subplots(1, len(weights), figsize=(13, 3.8), sharex=True, sharey=True, layout="constrained")
colors = plt.colormaps["viridis"](np.linspace(0.05, 0.8, len(weights)))
for panel, color, (title, values) in zip(panels, colors, weights.items(), strict=True):
    panel.hist(values, bins=np.linspace(-2.2, 2.2, 112), color=color, log=True)
    panel.set(title=f"{title}: {np.mean(np.abs(values) < NEAR_ZERO):.0%} near zero", xlabel="weight")
    panel.spines[["top", "right"]].set_visible(False)
panels[0].set_ylabel("number of weights")
figure.savefig(picture, dpi=150)
print(f"The weights are drawn in {picture}")
