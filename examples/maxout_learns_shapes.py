"""A maxout unit learns its own activation: |x|, ReLU and x squared, one unit for each.

    python examples/maxout_learns_shapes.py [picture.png]

A maxout unit is the maximum of a few straight lines. Two lines can make the absolute value or a ReLU; more lines can
make any convex curve, the better the more there are. Here one unit sees nothing but points of a curve and has to find
the lines. The picture shows each line, and where it wins.
"""

import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np

from keras_tips.layers import MaxoutDense

matplotlib.use("Agg")  # draws into a file, on a machine without a screen too
import matplotlib.pyplot as plt

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
keras.utils.set_random_seed(1)

# --- What there is to learn: three convex curves on [-1, 1] -----------------------------------------------------------

x = np.linspace(-1, 1, 400, dtype="float32")[:, None]  # (400, 1)
shapes = {  # title -> (values of the curve, number of lines the unit may use)
    "|x|": (np.abs(x), 2),
    "ReLU": (np.maximum(x, 0), 2),
    "x²": (x**2, 8),
}

# --- One unit per curve -----------------------------------------------------------------------------------------------

learned = {}
for title, (y, pieces) in shapes.items():
    # A line learns from the points that it wins. So all begin steep and high: training pushes the highest one down, until
    # another is the highest there. One that began below all others would never get its turn.
    slopes, heights = keras.initializers.RandomUniform(-2, 2), keras.initializers.RandomUniform(0, 0.5)
    unit = MaxoutDense(1, pieces=pieces, kernel_initializer=slopes, bias_initializer=heights)
    model = keras.Sequential([keras.Input((1,)), unit])  # (batch, 1) -> (batch, 1)
    rate = keras.optimizers.schedules.CosineDecay(0.02, decay_steps=1600)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    model.fit(x, y, batch_size=20, epochs=80, verbose=0)

    kernel, bias = unit.get_weights()  # (1, pieces), (pieces,): the slopes and the heights of the lines
    lines = x @ kernel + bias  # (400, pieces)
    winner = lines.argmax(axis=1)  # (400,)
    learned[title] = (lines, winner)

    error = np.abs(model.predict(x, verbose=0) - y).max()
    formulas = ", ".join(f"{slope:+.2f}x{height:+.2f}" for slope, height in sorted(zip(kernel[0], bias, strict=True)))
    print(f"{title:>4} = max({formulas})   off by {error:.3f} at most")

# --- The picture: thin lines are the pieces, thick where they win -----------------------------------------------------

figure, panels = plt.subplots(1, len(shapes), figsize=(12, 4.6), sharey=True, layout="constrained")
for panel, (title, (lines, winner)) in zip(panels, learned.items(), strict=True):
    y, pieces = shapes[title]
    panel.plot(x, y, color="0.8", linewidth=9, solid_capstyle="round", label="what to learn")
    order = np.argsort(lines[-1] - lines[0])  # from the steepest fall to the steepest rise
    for color, piece in zip(plt.colormaps["viridis"](np.linspace(0.05, 0.8, pieces)), order, strict=True):
        panel.plot(x, lines[:, piece], color=color, linewidth=1, linestyle=(0, (4, 3)))
        panel.plot(x, np.where(winner == piece, lines[:, piece], np.nan), color=color, linewidth=3)
    panel.set(title=f"{title}: {len(set(winner))} of {pieces} lines win", xlabel="x", xlim=(-1.05, 1.05), ylim=(-0.6, 1.1))
    panel.spines[["top", "right"]].set_visible(False)
panels[0].plot([], [], color="0.3", linewidth=1, linestyle=(0, (4, 3)), label="a piece")
panels[0].plot([], [], color="0.3", linewidth=3, label="where it wins")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
panels[0].set_ylabel("output of the unit")
figure.savefig(picture, dpi=150)
print(f"The pieces are drawn in {picture}")
