"""What scaling and whitening do to the loss surface, and so to gradient descent.

    python examples/whitening_and_the_loss_surface.py [picture.png]

Linear regression on two features that go together and have different units. The loss over the two weights is a valley.
Gradient descent walks along the slope, which in a long valley points to the other wall, not to the end. Scaling makes the
valley shorter, but not the features less alike; whitening makes it a round bowl, and one step leads to the bottom.
"""

import sys
from pathlib import Path

import keras
import matplotlib
import numpy as np

from keras_tips.layers import MinMaxScaling, PCAWhitening

matplotlib.use("Agg")  # draws into a file, on a machine without a screen too
import matplotlib.pyplot as plt

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
keras.utils.set_random_seed(1)

# --- Two features of a house that go together, and its price ----------------------------------------------------------

EXAMPLES = 500
rng = np.random.default_rng(1)
size = rng.normal(size=EXAMPLES)
rooms = 0.9 * size + np.sqrt(1 - 0.9**2) * rng.normal(size=EXAMPLES)  # correlation 0.9
x = np.stack([8 * size, rooms], axis=1).astype("float32")  # (500, 2): one in other units than the other
y = (x @ [[0.25], [-1.0]] + 0.5 * rng.normal(size=(EXAMPLES, 1))).astype("float32")  # (500, 1)

# --- Plain gradient descent on all examples at once, after each preprocessing -----------------------------------------

MOST_STEPS = 2000
NEAR = 1e-3  # share of the loss that could be saved: closer than this to the bottom counts as there

preprocessings = {
    "raw": None,
    "MinMaxScaling": MinMaxScaling(),  # each feature in [-1, 1]
    "Normalization": keras.layers.Normalization(),  # mean 0, variance 1
    "PCAWhitening": PCAWhitening(),  # and uncorrelated
}
walks = {}
for title, preprocessing in preprocessings.items():
    features = x
    if preprocessing is not None:
        preprocessing.adapt(x)  # on training data only
        features = keras.ops.convert_to_numpy(preprocessing(x))  # (500, 2)

    # The loss is a quadratic function of two weights and a bias. Its second derivatives say how wide the valley is in each
    # direction: the square root of the condition number is the valley's length over its width.
    columns = np.concatenate([features, np.ones((EXAMPLES, 1))], axis=1)  # (500, 3)
    curvatures = np.linalg.eigvalsh(2 / EXAMPLES * columns.T @ columns)  # smallest first
    condition = curvatures[-1] / curvatures[0]
    bottom = np.linalg.lstsq(columns, y, rcond=None)[0][:, 0]  # (3,): the best weights and bias
    least = np.mean((columns @ bottom - y[:, 0]) ** 2)

    rate = 2 / (curvatures[0] + curvatures[-1])  # the best constant rate; at 2 / curvatures[-1], descent would diverge
    layer = keras.layers.Dense(1, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((2,)), layer])  # (batch, 2) -> (batch, 1)
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
    path, losses = [np.zeros(2)], []
    for _ in range(MOST_STEPS):
        losses.append(float(model.train_on_batch(features, y)))  # the loss before the step
        path.append(layer.get_weights()[0][:, 0])
        if losses[-1] - least < NEAR * (losses[0] - least):
            break
    steps = len(losses) - 1
    walks[title] = (features, np.array(path[: len(losses)]), bottom, condition, steps)
    print(f"{title:>13}: condition number {condition:6.1f}, {steps:3d} steps to the bottom at learning rate {rate:.3f}")

# --- The picture: contours of the loss, and the way down --------------------------------------------------------------

figure, panels = plt.subplots(1, len(walks), figsize=(15, 4.5), layout="constrained")
for panel, (title, (features, path, bottom, condition, steps)) in zip(panels, walks.items(), strict=True):
    reach = 1.35 * np.abs(path - bottom[:2]).max()  # one scale for both weights, so that a bowl looks round
    first, second = (np.linspace(center - reach, center + reach, 200) for center in bottom[:2])
    apart = np.stack(np.meshgrid(first, second), axis=-1) - bottom[:2]  # (200, 200, 2)
    covariance = np.cov(features.T, bias=True)  # the loss with the best bias for each pair of weights
    height = np.einsum("abi,ij,abj->ab", apart, covariance, apart)
    panel.contourf(first, second, height, levels=np.max(height) * np.linspace(0, 1, 15) ** 2, cmap="Blues_r")
    panel.plot(*path.T, color="tab:red", marker="o", markersize=2.5, linewidth=0.6)
    panel.plot(*bottom[:2], color="black", marker="*", markersize=11)
    told = f"{title}\ncondition number {condition:.0f}, {steps} step{'s' * (steps > 1)} down"
    panel.set(title=told, xlabel="first weight", aspect="equal")
panels[0].set_ylabel("second weight")
figure.savefig(picture, dpi=150)
print(f"The loss surfaces are drawn in {picture}")
