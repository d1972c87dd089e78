"""A `train_step` written by hand for whatever backend is active, after Keras's guides on customizing `fit`."""

import keras

__all__ = ["OwnStep"]


class OnTensorFlow:
    def train_step(self, data):
        import tensorflow as tf

        x, y = data[:2]
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": loss}


class OnJax:
    def train_step(self, state, data):
        import jax

        trainable, fixed, optimizer, metrics = state
        x, y = data[:2]

        def loss_of(trainable, fixed):
            predictions, fixed = self.stateless_call(trainable, fixed, x)
            return self.compute_loss(x, y, predictions), fixed

        (loss, fixed), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable, fixed)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        return {"loss": loss}, (trainable, fixed, optimizer, metrics)


class OnTorch:
    def train_step(self, data):
        import torch

        x, y = data[:2]
        self.zero_grad()
        loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        loss.backward()
        with torch.no_grad():
            self.optimizer.apply([weight.value.grad for weight in self.trainable_weights], self.trainable_weights)
        return {"loss": loss.detach()}


OwnStep = {"tensorflow": OnTensorFlow, "jax": OnJax, "torch": OnTorch}[keras.backend.backend()]
