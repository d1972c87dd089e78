"""A validation part that is like the training part."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.by_hand import by_hand
from keras_tips.tips.tip import Tip

__all__ = ["stratified_split"]


@Tip.of(treats=("split_not_random", "split_leak", "train_validation_shift", "class_imbalance"), by_hand=True)
def stratified_split(experiment: Experiment) -> Experiment:
    """Cut off validation rows at random, with the same share of each class, and give them to fit. Work by hand.

    Why: the validation result stands for rows that are drawn as the training rows were. `validation_split` takes the last
    rows as they lie: where those are sorted, validation holds classes that training never saw.

    When: rows come in the order of their labels, sources or dates; a class is so rare that a random cut may miss it.

    Rows that belong together (of one person, one recording, one film) go to one side together. Where the future is to be
    predicted, the cut goes through time, and is right as it is.

        x, xv, y, yv = sklearn.model_selection.train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
        model.fit(x, y, validation_data=(xv, yv))  # and no validation_split

    >>> from keras_tips.tips import get
    >>> get("stratified_split").by_hand
    True

    Source: R. Kohavi, "A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection", 1995.
    """
    raise by_hand(
        "stratified_split", "Cut off validation rows at random, with the same share of each class, and give them to fit."
    )
