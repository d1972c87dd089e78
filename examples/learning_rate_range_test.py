"""The learning-rate range test against the slow way: training with each of many learning rates.

    python examples/learning_rate_range_test.py [picture.png]

For three networks on handwritten digits, `find_learning_rate` recommends a rate from some 200 steps: three times for each,
with other first weights. The slow way is to train each network for five epochs with each of ten rates, and to see which loss
comes out. So it is known what a recommendation is worth, and what other readings of the same losses would have been.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

from keras_tips.callbacks import find_learning_rate

picture = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".png")
EPOCHS, BATCH = 5, 32
GRID = np.geomspace(1e-4, 3.0, 10)
SEEDS = (2, 3, 4)

images, digits = load_digits(return_X_y=True)  # (1797, 64), 0 to 16
images = (images / 16).astype("float32").reshape(-1, 8, 8, 1)  # (1797, 8, 8, 1)


def dense():
    hidden = [keras.layers.Dense(64, "relu") for _ in range(2)]
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), *hidden, keras.layers.Dense(10, "softmax")])


def convolutional():
    convolutions = [keras.layers.Conv2D(filters, 3, activation="relu") for filters in (8, 16)]
    last = [keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    return keras.Sequential([keras.Input((8, 8, 1)), *convolutions, *last])


def compiled(make, optimizer, rate, seed):
    keras.utils.set_random_seed(seed)
    model = make()
    model.compile(optimizer(rate), "sparse_categorical_crossentropy", jit_compile=keras.backend.backend() == "jax")
    return model


def trained(make, optimizer, rate):
    """The slow way: the mean loss of the last of five epochs."""
    model = compiled(make, optimizer, rate, seed=1)
    loss = model.fit(images, digits, batch_size=BATCH, epochs=EPOCHS, verbose=0).history["loss"][-1]
    return min(loss, 10.0) if np.isfinite(loss) else 10.0  # all that is worse than guessing is as bad


def running_mean(values, momentum=0.98):
    """The average that other finders smooth with: it knows the past only."""
    mean, means = 0.0, []
    for step, value in enumerate(values):
        mean = momentum * mean + (1 - momentum) * value
        means.append(mean / (1 - momentum ** (step + 1)))
    return np.array(means)


# --- The comparison ---------------------------------------------------------------------------------------------------

cases = {
    "dense, SGD": (dense, keras.optimizers.SGD),
    "dense, Adam": (dense, keras.optimizers.Adam),
    "convolutional, Adam": (convolutional, keras.optimizers.Adam),
}
ratios = {}
for title, (make, optimizer) in cases.items():
    final = np.array([trained(make, optimizer, rate) for rate in GRID])  # (10,)
    print(f"{title}: the best of the grid is {GRID[final.argmin()]:.2g} with a loss of {final.min():.3f}")
    for seed in SEEDS:
        test = find_learning_rate(compiled(make, optimizer, 0.01, seed), images, digits, batch_size=BATCH)
        print(f"  {test}")
        finite = np.isfinite(test.losses)
        rates, losses = test.learning_rates[finite], test.losses[finite]  # (steps,) each
        means = running_mean(losses)
        readings = {
            "recommended": test.recommended,
            "lowest loss": rates[np.argmin(losses)],
            "steepest running mean": rates[np.argmin(np.gradient(means, np.log(rates)))],
            "a tenth of the lowest running mean": rates[np.argmin(means)] / 10,
        }
        for reading, rate in readings.items():
            loss = np.exp(np.interp(np.log(rate), np.log(GRID), np.log(final)))  # between two rates of the grid
            ratios.setdefault(reading, []).append(loss / final.min())
test.save(picture)

print("Final loss over the best of the grid:")
for reading, found in ratios.items():
    print(f"  {reading:>34}: {np.exp(np.mean(np.log(found))):6.2f} on average, {max(found):6.2f} at worst")
print(f"The last test is drawn in {picture}")
