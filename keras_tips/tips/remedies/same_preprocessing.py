"""Validation inputs that are treated as training inputs are."""

from keras_tips.records.experiment import Experiment
from keras_tips.tips.by_hand import by_hand
from keras_tips.tips.tip import Tip

__all__ = ["same_preprocessing"]


@Tip.of(treats=("train_validation_shift", "inputs_not_scaled"), by_hand=True)
def same_preprocessing(experiment: Experiment) -> Experiment:
    """Treat validation inputs, and those of later use, exactly as training inputs, with the numbers of training. Work by hand.

    Why: a network is trained on numbers of a certain scale. Pixels from 0 to 255 are another world to one that saw 0 to 1.
    A mean and deviation taken anew from the validation rows moves every row a little, and tells the network something of
    rows that it must not know.

    When: mean, deviation or range of the validation inputs differ clearly from those of training.

    The safest place is inside the model: then there is no second copy of the step that could differ. That is what the tip
    `scale_inputs` does.

        scaler = sklearn.preprocessing.StandardScaler().fit(x)  # on training rows only
        x, xv = scaler.transform(x), scaler.transform(xv)

    >>> from keras_tips.tips import get
    >>> get("same_preprocessing").automatic
    False

    Source: S. Kaufman, S. Rosset, C. Perlich, "Leakage in Data Mining: Formulation, Detection, and Avoidance", 2011.
    """
    what = "Treat validation inputs exactly as training inputs, or let the model do it (the tip scale_inputs)."
    raise by_hand("same_preprocessing", what)
