"""Two ways to write dropout, one network: what the lecture draws, what Keras does, and how to go from one to the other.

    python examples/classic_and_inverted_dropout.py

The lecture drops values with probability p in training, and multiplies weights by 1 - p at the test. Keras divides by
1 - p in training instead, and leaves the test alone. Both keep the mean. But weights trained the one way do not fit the
other way: this is what the numbers below show.
"""

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from keras_tips.layers import ClassicDropout, convert_dropout

keras.utils.set_random_seed(0)
rate = 0.4

x, y = load_digits(return_X_y=True)  # (1797, 64), (1797,)
x = (x / 16).astype("float32")
x, x_test, y, y_test = train_test_split(x, y, test_size=0.3, random_state=0)

# --- 1. What each form hands on ---------------------------------------------------------------------------------------

ones = np.ones((1, 8), "float32")
for layer in (ClassicDropout(rate, seed=1), keras.layers.Dropout(rate, seed=1)):
    in_training = keras.ops.convert_to_numpy(layer(ones, training=True))[0]  # (8,), the same mask for both
    at_the_test = keras.ops.convert_to_numpy(layer(ones))[0]
    print(f"{type(layer).__name__:>14}: in training {in_training}, at the test {at_the_test}")

# --- 2. A network trained with Keras's dropout, and its classic twin --------------------------------------------------

model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dropout(rate, seed=2),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dropout(rate, seed=3),
        keras.layers.Dense(10, "softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=12, batch_size=32, verbose=0)

classic = convert_dropout(model)  # ClassicDropout, and kernels divided by 1 - rate behind it
difference = np.abs(classic.predict(x_test, verbose=0) - model.predict(x_test, verbose=0)).max()
print(f"the classic twin predicts the same to {difference:.1e}")
for kind, network in (("inverted", model), ("classic", classic)):
    kernel = keras.ops.convert_to_numpy(network.layers[2].kernel)  # of the layer behind the first dropout
    print(f"{kind:>9}: weights of {np.abs(kernel).mean():.3f} on average behind the first dropout")

# --- 3. The mistake: classic dropout's weights without the factor 1 - rate at the test --------------------------------


def mean_confidence(network):
    return network.predict(x_test, verbose=0).max(axis=1).mean()


forgotten = keras.Sequential([keras.Input((64,)), *(layer for layer in classic.layers if type(layer) is not ClassicDropout)])
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
print(f"accuracy on unseen digits {accuracy:.1%}, with confidence {mean_confidence(classic):.1%}")
print(f"without the factor, confidence {mean_confidence(forgotten):.1%}: too sure of itself")

# --- 4. And back ------------------------------------------------------------------------------------------------------

back = convert_dropout(classic, to="inverted")
difference = max(np.abs(one - other).max() for one, other in zip(back.get_weights(), model.get_weights(), strict=True))
print(f"the way back gives the first weights to {difference:.1e}")
