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
        loss, gradients = gradients_of(model, *batch)
        before = [numpy(variable) for variable in model.trainable_variables]
        rate = learning_rate_of(model.optimizer)
        if update:
            apply(model, gradients)
        after = [numpy(variable) for variable in model.trainable_variables]
        paths, gradients = [variable.path for variable in model.trainable_variables], [numpy(each) for each in gradients]
        row = {
            "batch_loss": {"train": numpy(loss)},
            "learning_rate": {"train": rate},
            "predicted_loss_change": {
                "train": sum(np.sum(g * (new - old)) for g, old, new in zip(gradients, before, after, strict=True))
            },
        }
        for name, measure in MEASURES.items():
            row[name] = dict(zip(paths, map(measure, gradients, before, after), strict=True))
        clipped = clipped_by_hand(inner(model.optimizer), gradients)
        if clipped is not None:
            row["clip_ratio"] = {
                path: np.linalg.norm(new) / np.linalg.norm(old)
                for path, new, old in zip(paths, clipped, gradients, strict=True)
            }
        rows.append(row)
    return rows


MEASURES = {  # of gradient, variable before the step, variable after it
    "gradient_norm": lambda g, old, new: np.linalg.norm(g),
    "gradient_max": lambda g, old, new: np.max(np.abs(g)),
    "gradient_zeros": lambda g, old, new: np.mean(g == 0),
    "gradient_not_finite": lambda g, old, new: np.mean(~np.isfinite(g)),
    "weight_norm": lambda g, old, new: np.linalg.norm(old),
    "weight_variance": lambda g, old, new: np.var(old),
    "update_ratio": lambda g, old, new: np.linalg.norm(new - old) / np.linalg.norm(old) if old.any() else np.nan,
}


def inner(optimizer):
    return getattr(optimizer, "inner_optimizer", optimizer)


def learning_rate_of(optimizer):
    return float(keras.ops.convert_to_numpy(inner(optimizer).learning_rate))


def clipped_by_hand(optimizer, gradients):
    """The gradients after the clipping that the optimizer's arguments describe; None without any, or with accumulation."""
    if optimizer.gradient_accumulation_steps:
        return None
    if optimizer.clipnorm:
        return [each * min(1, optimizer.clipnorm / np.linalg.norm(each)) for each in gradients]
    if optimizer.global_clipnorm:
        whole = np.sqrt(sum(np.sum(each**2) for each in gradients))
        return [each * min(1, optimizer.global_clipnorm / whole) for each in gradients]
    if optimizer.clipvalue:
        return [np.clip(each, -optimizer.clipvalue, optimizer.clipvalue) for each in gradients]
    return None


def numpy(tensor):
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(tensor)), "float64")


def gradients_of(model, x, y, sample_weight=None):
    """The loss that Keras minimizes, and its gradients, unscaled, dense."""
    backend = keras.backend.backend()
    return {"tensorflow": by_tensorflow, "jax": by_jax, "torch": by_torch}[backend](model, x, y, sample_weight)


def by_tensorflow(model, x, y, sample_weight):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
    gradients = tape.gradient(loss, model.trainable_weights)
    return loss, [tf.convert_to_tensor(gradient) for gradient in gradients]


def by_jax(model, x, y, sample_weight):
    import jax

    fixed = [variable.value for variable in model.non_trainable_variables]

    def loss_of(values):
        mapping = list(zip(model.trainable_variables, values, strict=True))
        mapping += list(zip(model.non_trainable_variables, fixed, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)

    return jax.value_and_grad(loss_of)([variable.value for variable in model.trainable_variables])


def by_torch(model, x, y, sample_weight):
    model.zero_grad()
    y = keras.tree.map_structure(keras.ops.convert_to_tensor, y)
    loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
    loss.backward()
    return loss.detach(), [variable.value.grad.detach().clone() for variable in model.trainable_weights]


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
