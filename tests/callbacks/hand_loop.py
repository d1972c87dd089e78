"""The slow and obvious training loop that the monitors are compared with."""

import keras
import numpy as np


def hand_loop(model, batches, update=True):
    """Trains `model` batch by batch; returns one dict per step: quantity -> {path: number}.

    `batches` holds (x, y) or (x, y, sample_weight). Every norm is taken by NumPy in float64 from what the backend's own
    differentiation returns.
    """
    rows = []
    for batch in batches:
        gradients = gradients_of(model, *batch)
        before = [numpy(variable) for variable in model.trainable_variables]
        if update:
            apply(model, gradients)
        after = [numpy(variable) for variable in model.trainable_variables]
        row = {"gradient_norm": {}, "weight_norm": {}, "update_ratio": {}}
        for variable, gradient, old, new in zip(model.trainable_variables, gradients, before, after, strict=True):
            size = np.linalg.norm(old)
            row["gradient_norm"][variable.path] = np.linalg.norm(numpy(gradient))
            row["weight_norm"][variable.path] = size
            row["update_ratio"][variable.path] = np.linalg.norm(new - old) / size if size else np.nan
        rows.append(row)
    return rows


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(tensor)), "float64")


def gradients_of(model, x, y, sample_weight=None):
    """Gradients of the loss that Keras minimizes, unscaled, dense."""
    backend = keras.backend.backend()
    return {"tensorflow": by_tensorflow, "jax": by_jax, "torch": by_torch}[backend](model, x, y, sample_weight)


def by_tensorflow(model, x, y, sample_weight):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
    gradients = tape.gradient(loss, model.trainable_weights)
    return [tf.convert_to_tensor(gradient) for gradient in gradients]


def by_jax(model, x, y, sample_weight):
    import jax

    fixed = [variable.value for variable in model.non_trainable_variables]

    def loss_of(values):
        mapping = list(zip(model.trainable_variables, values, strict=True))
        mapping += list(zip(model.non_trainable_variables, fixed, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)

    return jax.grad(loss_of)([variable.value for variable in model.trainable_variables])


def by_torch(model, x, y, sample_weight):
    model.zero_grad()
    y = keras.tree.map_structure(keras.ops.convert_to_tensor, y)
    loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
    loss.backward()
    return [variable.value.grad.detach().clone() for variable in model.trainable_weights]


def apply(model, gradients):
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    scale = optimizer.scale_loss(keras.ops.ones(()))  # what the compiled step would have multiplied the loss with
    scaled = [gradient * keras.ops.cast(scale, gradient.dtype) for gradient in gradients]
    backend = keras.backend.backend()
    if backend == "jax":
        apply_by_values(optimizer, scaled, model.trainable_variables)
    elif backend == "torch":
        import torch

        with torch.no_grad():
            optimizer.apply(scaled, model.trainable_weights)
    else:
        optimizer.apply(scaled, model.trainable_weights)


def apply_by_values(optimizer, gradients, variables):
    """JAX has no other way for optimizers that decide something, such as one that scales the loss."""
    new, state = optimizer.stateless_apply([v.value for v in optimizer.variables], gradients, [v.value for v in variables])
    for variable, value in zip([*variables, *optimizer.variables], [*new, *state], strict=True):
        variable.assign(value)
