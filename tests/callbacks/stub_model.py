"""A model that only counts: enough for callbacks that keep weights and stop."""

__all__ = ["StubModel", "drive"]


class StubModel:
    """Its weights are the number of the epoch that trained them."""

    def __init__(self):
        self.stop_training, self.weights = False, -1

    def get_weights(self):
        return [self.weights]

    def set_weights(self, weights):
        (self.weights,) = weights


def drive(callback, epochs, first=0, ends=True):
    """Calls a callback as `fit` would, with logs of one epoch each. Returns how many epochs were trained, and the model."""
    model, trained = StubModel(), 0
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, logs in enumerate(epochs, first):
        if model.stop_training:
            break
        callback.on_epoch_begin(epoch)
        model.weights, trained = epoch, trained + 1
        callback.on_epoch_end(epoch, logs)
    if ends:
        callback.on_train_end()
    return trained, model
