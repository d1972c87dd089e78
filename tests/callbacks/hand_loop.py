"""The slow and obvious training loop that the monitors are compared with."""

import keras
import numpy as np

__all__ = ["against_hand_loop", "batches_of", "check_against", "hand_loop"]

BATCH = 4


def against_hand_loop(make, monitor, x, y, weights=None, epochs=2, unseen=(), **fit):
    """Trains a model that `make` makes with `monitor`, its twin by hand, and compares every number; returns the monitor.

    `weights` are those of the rows, for the hand-written loop; `unseen` are quantities that cannot be measured here; `fit` is
    what `fit` is given besides.
    """
    batches = batches_of(x, y, weights) * epochs
    keras.utils.set_random_seed(1)
    model, twin = make(), make()
    for one in (model, twin):
        if not one.built:
            one(batches[0][0])
    start = model.get_weights()
    model.fit(x, y, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0, callbacks=[monitor], **fit)
    twin.set_weights(start)
    rows = [rename(row, twin, model) for row in hand_loop(twin, batches)]
    assert not set(unseen) & set(monitor.run.quantities)
    check_against(monitor, [{name: row[name] for name in row if name not in unseen} for row in rows])
    return monitor


def batches_of(*parts, batch=BATCH):
    """Cuts arrays, or structures of them, into batches; a part that is None is left out."""
    parts = [part for part in parts if part is not None]
    rows = len(keras.tree.flatten(parts[0])[0])

    def cut(at):
        return tuple(keras.tree.map_structure(lambda leaf: leaf[at : at + batch], part) for part in parts)

    return [cut(at) for at in range(0, rows, batch)]


def check_against(monitor, rows):
    """Every recorded number equals that of the hand-written loop."""
    assert rows[-1].keys() <= set(monitor.run.quantities)
    for quantity, places in rows[-1].items():
        assert set(monitor.run.places(quantity)) >= set(places)
        for place in places:
            steps, values = monitor.run.series(quantity, place)
            expected = [row[quantity][place] for row in rows if quantity in row]
            assert steps.tolist() == [step for step, row in enumerate(rows) if quantity in row]
            np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-7, err_msg=f"{quantity} of {place}")


def rename(row, twin, model):
    """The twin's layers carry other automatic names."""
    ours = {theirs.path: ours.path for theirs, ours in zip(twin.trainable_variables, model.trainable_variables, strict=True)}
    return {quantity: {ours.get(place, place): value for place, value in values.items()} for quantity, values in row.items()}


def hand_loop(model, batches, update=True):
    """Trains `model` batch by batch; returns one dict per step: quantity -> {path: number}.

    `batches` holds (x, y) or (x, y, sample_weight). Every norm is taken by NumPy in float64 from what the backend's own
    differentiation returns.
    """
    rows, gradients_of_batch, past = [], gradients_of(model), []
    for batch in batches:
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        loss, gradients = gradients_of_batch(*batch)
        before = [numpy(variable) for variable in model.trainable_variables]
        rate = learning_rate_of(model.optimizer)
        if update:
            apply(model, gradients)
        after = [numpy(variable) for variable in model.trainable_variables]
        paths, gradients = [variable.path for variable in model.trainable_variables], [numpy(each) for each in gradients]
        row = {
            "batch_loss": {"train": numpy(loss)},
            "predicted_loss_change": {
                "train": sum(np.sum(g * (new - old)) for g, old, new in zip(gradients, before, after, strict=True))
            },
        }
        for name, measure in MEASURES.items():
            row[name] = dict(zip(paths, map(measure, gradients, before, after), strict=True))
        if rate is not None:
            row["learning_rate"] = {"train": rate}
        past.append(gradients)
        if len(past) > 1:
            row["gradient_signal_to_noise"] = dict(zip(paths, map(signal_to_noise, *past[-16:]), strict=True))
        clipped = clipped_by_hand(inner(model.optimizer), gradients)
        if clipped is not None:
            row["clip_ratio"] = {
                path: np.linalg.norm(new) / np.linalg.norm(old)
                for path, new, old in zip(paths, clipped, gradients, strict=True)
            }
        rows.append(row)
    return rows


def signal_to_noise(*gradients):
    """Of the whole gradients of one variable: as many as entries are followed, in these small models."""
    table = np.stack([each.ravel() for each in gradients])
    noise = table.var(0, ddof=1).sum()
    signal = (table.mean(0) ** 2).sum() - noise / len(table)
    return np.sqrt(max(signal, 0) / noise) if noise else np.inf


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
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        return None
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


def gradients_of(model):
    """Returns a function of a batch: the loss that Keras minimizes, and its gradients, unscaled, dense.

    As in Keras's step, the loss is scaled before it is differentiated, as the optimizer says; so half precision overflows where
    it does there.
    """
    of_backend = {"tensorflow": by_tensorflow, "jax": by_jax, "torch": by_torch}[keras.backend.backend()](model)

    def of_batch(x, y, sample_weight=None):
        scale = model.optimizer.scale_loss(keras.ops.ones(()))
        loss, gradients = of_backend(x, y, sample_weight, scale)
        return loss, [keras.ops.cast(gradient, "float32") / scale for gradient in gradients]

    return of_batch


def by_tensorflow(model):
    import tensorflow as tf

    def of_batch(x, y, sample_weight, scale):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
            scaled = loss * tf.cast(scale, loss.dtype)
        gradients = tape.gradient(scaled, model.trainable_weights)
        return loss, [tf.convert_to_tensor(gradient) for gradient in gradients]

    return of_batch


def by_jax(model):
    """Compiled, because XLA keeps more digits of half precision within one program than step by step."""
    import jax

    def loss_of(values, fixed, x, y, sample_weight, scale):
        mapping = list(zip(model.trainable_variables, values, strict=True))
        mapping += list(zip(model.non_trainable_variables, fixed, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
        return loss * scale, loss

    compiled = jax.jit(jax.value_and_grad(loss_of, has_aux=True))

    def of_batch(x, y, sample_weight, scale):
        if not model._compile_loss.built:  # outside of the program, which may make no variables
            model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
        values, fixed = ([each.value for each in group] for group in (model.trainable_variables, model.non_trainable_variables))
        (_, loss), gradients = compiled(values, fixed, x, y, sample_weight, scale)
        return loss, gradients

    return of_batch


def by_torch(model):
    def of_batch(x, y, sample_weight, scale):
        model.zero_grad()
        y = keras.tree.map_structure(keras.ops.convert_to_tensor, y)
        sample_weight = None if sample_weight is None else keras.ops.convert_to_tensor(sample_weight)
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=sample_weight)
        (loss * scale).backward()
        return loss.detach(), [variable.value.grad.detach().clone() for variable in model.trainable_weights]

    return of_batch


def apply(model, gradients):
    optimizer = model.optimizer
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
