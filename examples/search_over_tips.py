"""Which tips of the recipe are worth it on handwritten digits? A small search tells.

    python examples/search_over_tips.py [FOLDER]

Stop it at any time: started again with the same folder, it goes on where it was.
"""

import sys
from pathlib import Path

import keras

from keras_tips.search import load_config, search
from keras_tips.search.digits import digits

CONFIG = Path(__file__).parents[1] / "tuner_configs" / "digits_quick.yaml"
folder = sys.argv[1] if len(sys.argv) > 1 else "runs/search_over_tips"

config = load_config(CONFIG)  # a mistake in the file would be named here, with its line
data = digits(seed=0)  # x_train (1150, 64), x_validation (288, 64), x_test (359, 64): pixels from 0 to 16


def show(trial):
    """One line per trial that has ended."""
    score = "failed: " + trial.reason if trial.score is None else f"{trial.score:.4f}"
    print(f"trial {trial.trial}: {score} after {trial.epochs} epochs")


board = search(
    config,
    data=(data.x_train, data.y_train),
    directory=folder,
    validation_data=(data.x_validation, data.y_validation),
    progress=show,
)

print(f"\n{board.objective}  values")
for trial in board.trials:
    pairs = (f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in trial.values.items())
    print(f"{'failed' if trial.score is None else format(trial.score, '.4f'):<13} {', '.join(pairs)}")

# The score of the best of several trials is a little optimistic. Rows that took no part in choosing tell the truth.
model = keras.models.load_model(board.best_model)
loss, accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
print(f"\nThe best model, {board.best_model}, reads {accuracy:.1%} of the untouched digits right.")
