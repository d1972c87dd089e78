"""Stop when validation no longer improves."""

from keras_tips._base.arguments import check_integer, check_number, invalid
from keras_tips.records.experiment import Experiment
from keras_tips.tips.tip import Tip

__all__ = ["early_stopping"]


@Tip.of(treats=("overtraining", "overfitting"), choices={"patience": (3, 5, 10)})
def early_stopping(experiment: Experiment, patience: int = 5, monitor: str = "val_loss", min_delta: float = 0.0) -> Experiment:
    """Stops training when the validation loss has not improved for `patience` epochs, and keeps the best epoch's weights.

    Why: the training loss goes on falling while the network begins to learn the accidents of the training rows. The
    validation loss shows when that begins.

    When: validation loss has its minimum well before the last epoch and rises after it.

    Formula: let L(t) be the value of `monitor` after epoch t. Training ends after the first epoch T for which
    min L(1..T) + min_delta is not undercut in the epochs T - patience + 1 to T; the weights of the epoch with the least L
    are put back.

    Needs validation data (`validation_data` or `validation_split` in fit). The epochs of `fit` become an upper limit.

        keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)

    >>> from keras_tips.records import Experiment
    >>> from keras_tips.tips import get
    >>> get("early_stopping").apply(Experiment({}, {}), patience=3).callbacks["EarlyStopping"]["patience"]
    3

    Source: L. Prechelt, "Early Stopping - But When?", 1998.
    """
    check_integer("patience", patience, low=0)
    check_number("min_delta", min_delta, low=0.0)
    if not isinstance(monitor, str) or not monitor:
        raise invalid("monitor", "the name of a logged value such as 'val_loss'", monitor)
    arguments = {"monitor": monitor, "patience": int(patience), "min_delta": min_delta, "restore_best_weights": True}
    before = experiment.callbacks.get("EarlyStopping", {})
    return experiment.replace(callbacks={**experiment.callbacks, "EarlyStopping": {**before, **arguments}})
