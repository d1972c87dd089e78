"""Ten sigmoid layers, four initializations: what is left of the signal, and of the gradient, layer by layer.

    python examples/sigmoid_initializations.py [picture.png]

A network can only learn from what differs between examples. Here random examples go through ten layers of sigmoid units
before any training, and the variance over examples is measured after each layer. Then a random gradient goes the way back.

The derivative of sigmoid is 1/4 at most. Small weights make it worse, layer by layer, and even Glorot's lose a factor of 20
per layer. Four times Glorot's would lose nothing if units stayed in the middle of the sigmoid, where it is steepest. But
outputs around 1/2 instead of 0 drive the units of the next layer away from it, and two thirds are lost per layer: much
better, and still no reason to stack sigmoids.
"""

import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np

from keras_tips.initializers import FanInUniform, GlorotForActivation

matplotlib.use("Agg")  # draws into a file, on a machine without a screen too
import matplotlib.pyplot as plt

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
WIDTH, DEPTH = 200, 10
ROUNDING = np.finfo("float64").eps ** 2 / 12  # variance that rounding of numbers near 1 makes by itself
random = np.random.default_rng(0)

# --- Four ways to begin -----------------------------------------------------------------------------------------------

initializers = {  # title -> a new initializer with this seed
    "normal, deviation 0.01": lambda seed: keras.initializers.RandomNormal(stddev=0.01, seed=seed),
    "uniform, ±1/n": lambda seed: FanInUniform(power=1.0, seed=seed),
    "Glorot": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "Glorot for sigmoid (4 times)": lambda seed: GlorotForActivation("sigmoid", seed=seed),
}

# --- Forward: the variance over examples. Backward: the mean square of the gradient -----------------------------------

x = random.normal(size=(500, WIDTH))  # (examples, width)
end = random.normal(size=(500, WIDTH))  # the gradient of some loss with respect to the last layer's outputs

signals, gradients = {}, {}
for title, initializer in initializers.items():
    kernels = [keras.ops.convert_to_numpy(initializer(seed)((WIDTH, WIDTH))).astype("float64") for seed in range(DEPTH)]
    outputs = [x]  # of each layer, (examples, width)
    for kernel in kernels:
        outputs.append(1 / (1 + np.exp(-outputs[-1] @ kernel)))
    # From the first example on, so that the rounding of a mean near 1/2 does not cover up what little is left.
    signals[title] = [(output - output[0]).var(axis=0).mean() for output in outputs]

    gradient, sizes = end, [np.mean(end**2)]
    for kernel, output in zip(reversed(kernels), reversed(outputs[1:]), strict=True):
        gradient = (gradient * output * (1 - output)) @ kernel.T  # the derivative of sigmoid is s * (1 - s)
        sizes.append(np.mean(gradient**2))
    gradients[title] = sizes[::-1]

    left, arrived = signals[title][-1] / signals[title][0], gradients[title][0] / gradients[title][-1]
    print(f"{title:>28}: of the signal's variance {left:.0e} is left, of the gradient's square {arrived:.0e}")

# --- The picture ------------------------------------------------------------------------------------------------------

figure, panels = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained")
colors = plt.colormaps["viridis"](np.linspace(0.05, 0.85, len(initializers)))
for panel, curves in zip(panels, (signals, gradients), strict=True):
    for color, (title, curve) in zip(colors, curves.items(), strict=True):
        panel.semilogy(range(DEPTH + 1), curve, marker="o", color=color, label=title)
    panel.set(xticks=range(DEPTH + 1), xlabel="layer (0: the input)")
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", color="0.92")
panels[0].axhline(ROUNDING, color="0.5", linestyle=(0, (4, 3)), linewidth=1)
panels[0].annotate("nothing but rounding below", (0, ROUNDING), xytext=(0, 4), textcoords="offset points", color="0.4")
panels[0].set(title="Forward: what is left of the signal", ylabel="variance over examples, mean of the units")
panels[1].set(title="Backward: what arrives of the gradient", ylabel="mean square of the gradient")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(initializers), frameon=False)
figure.savefig(picture, dpi=150)
print(f"Both are drawn in {picture}")
