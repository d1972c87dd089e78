"""How people look at gradients of `fit` without keras_tips: what a benchmark compares with."""

import keras
import numpy as np
from keras import ops

__all__ = ["BackwardHooks", "TapeCallback"]


class TapeCallback(keras.callbacks.Callback):
    """Every so many steps, differentiates once more on a batch put aside, and takes norms."""

    def __init__(self, x, y, every):
        super().__init__()
        self.x, self.y, self.every, self.norms = ops.convert_to_tensor(x), ops.convert_to_tensor(y), every, []

    def on_train_batch_end(self, batch, logs=None):
        if batch % self.every == 0:
            of_backend = {"tensorflow": self.by_tensorflow, "jax": self.by_jax, "torch": self.by_torch}
            gradients = of_backend[keras.backend.backend()](self.model)
            self.norms.append([float(ops.norm(gradient)) for gradient in gradients])

    def loss(self, model):
        return model.compute_loss(x=self.x, y=self.y, y_pred=model(self.x, training=True))

    def by_tensorflow(self, model):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = self.loss(model)
        return tape.gradient(loss, model.trainable_weights)

    def by_jax(self, model):
        import jax

        def loss_of(values):
            with keras.StatelessScope(state_mapping=list(zip(model.trainable_variables, values, strict=True))):
                return self.loss(model)

        return jax.grad(loss_of)([variable.value for variable in model.trainable_variables])

    def by_torch(self, model):
        model.zero_grad()
        self.loss(model).backward()
        gradients = [variable.value.grad.clone() for variable in model.trainable_weights]
        model.zero_grad()
        return gradients


class BackwardHooks(keras.callbacks.Callback):
    """A hook on each of PyTorch's parameters that makes a histogram of its gradient, as `wandb.watch` does."""

    def __init__(self, every):
        super().__init__()
        self.every, self.steps, self.histograms, self.handles = every, 0, [], []

    def on_train_begin(self, logs=None):
        self.handles = [weight.value.register_hook(self.seen) for weight in self.model.trainable_weights]

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1

    def on_train_end(self, logs=None):
        for handle in self.handles:
            handle.remove()

    def seen(self, gradient):
        if self.steps % self.every == 0:
            self.histograms.append(np.histogram(gradient.detach().cpu().numpy(), bins=64))
