"""Another order of the rows in every epoch."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.tip import Tip

__all__ = ["shuffle"]


@Tip.of(treats=("unshuffled_data", "oscillating_loss"))
def shuffle(experiment: Experiment) -> Experiment:
    """Lets `fit` shuffle the training rows before each epoch.

    Why: each mini-batch stands for all rows. Rows in the order of their labels make batches of one class: the network
    learns that class, forgets the others, and the loss swings with the period of the classes. The same batches in every
    epoch also repeat the same errors.

    When: rows come ordered by label, source or time, and `fit` was told `shuffle=False`.

    A `tf.data.Dataset` or a generator is not shuffled by `fit`: shuffle it yourself, with a buffer that holds all rows or
    after one shuffle of the whole. So is the end that `validation_split` cuts off: it is taken before shuffling.

        model.fit(x, y, shuffle=True); dataset = dataset.shuffle(len(x)).batch(32)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("shuffle").apply(Experiment({}, {}, {"shuffle": False})).fit
    {'shuffle': True}

    Source: Y. Bengio, "Practical Recommendations for Gradient-Based Training of Deep Architectures", 2012.
    """
    if experiment.fit.get("shuffle", True) is True:  # Keras shuffles unless it is told not to
        return experiment
    return experiment.replace(fit={**experiment.fit, "shuffle": True})
