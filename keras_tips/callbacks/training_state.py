"""What of a training is in a snapshot beside the file that Keras writes, and how both come back into a model."""

import base64
import hashlib
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_tips.callbacks.snapshot import Snapshot, damaged

__all__ = ["check_fits", "restore", "state_of"]


def state_of(model: keras.Model) -> dict[str, Any]:
    """Returns the shapes of a model's variables and of its optimizer's, and the states of what draws its random numbers.

    Keras leaves seed generators out of `.keras` files: with dropout, a training would go on otherwise than it had.
    """
    optimizer = model.optimizer
    return {
        "weights": _shapes(model.weights),
        "optimizer": _shapes(optimizer.variables) if getattr(optimizer, "built", False) else None,
        "seeds": [np.ravel(ops.convert_to_numpy(seed.value)).tolist() for seed in _seeds(model)],
        "torch": _torch_states(),
    }


def check_fits(model: keras.Model, snapshot: Snapshot) -> None:
    """Raises `ValueError` unless the model has the variables that the snapshot holds. Builds the optimizer for it."""
    if not model.built:
        raise ValueError(
            f"Invalid `model`. Expected a built one, to put {snapshot.path} into. Received: {model.name!r}, which is not. "
            "Begin it with keras.Input, or call it on a batch first."
        )
    saved = snapshot.state
    if saved["weights"] != _shapes(model.weights):
        raise _other(snapshot, "weights", saved["weights"], _shapes(model.weights), "Give each model a directory of its own.")
    if saved["optimizer"] is None:
        return
    optimizer = model.optimizer
    if optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)
    own = _shapes(optimizer.variables if optimizer is not None else ())
    if saved["optimizer"] != own:
        cure = "Compile the model as before. Or take the weights alone: model.load_weights(path), and another directory."
        raise _other(snapshot, "optimizer", saved["optimizer"], own, cure)


def restore(model: keras.Model, snapshot: Snapshot) -> None:
    """Puts weights, optimizer and seed generators back. `check_fits` comes before.

    Raises:
        ValueError: the file is damaged, or holds the state of an optimizer that is not built.
    """
    _check_whole(snapshot)  # before the first weight is changed
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Skipping variable loading")  # Keras would go on without the state
        try:
            model.load_weights(snapshot.path)
        except (UserWarning, ValueError) as error:
            raise ValueError(
                f"Invalid `model`. Expected the layers, and built optimizers, that {snapshot.path} holds. Received: {error} "
                "Give each model a directory of its own, and build optimizers of your own before `fit`."
            ) from error
    saved, seeds = snapshot.state["seeds"], _seeds(model)
    if len(saved) == len(seeds):  # else dropout was added or taken out meanwhile, which is no other model
        for seed, value in zip(seeds, saved, strict=True):
            seed.assign(np.reshape(np.asarray(value, seed.dtype), seed.shape))
    _restore_torch(snapshot.state["torch"])


def _check_whole(snapshot: Snapshot) -> None:
    try:
        with zipfile.ZipFile(snapshot.path) as archive:
            broken = archive.testzip()
    except zipfile.BadZipFile as error:
        raise damaged(snapshot.path) from error
    if broken is not None:
        raise damaged(snapshot.path)


def _torch_states() -> list[str]:
    """PyTorch's own generators, of the processor and of each GPU: there, dropout without a seed draws from them."""
    if keras.backend.backend() != "torch":
        return []
    import torch

    states = [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]
    return [base64.b64encode(state.numpy().tobytes()).decode() for state in states]


def _restore_torch(states: list[str]) -> None:
    if not states or keras.backend.backend() != "torch":
        return
    import torch

    first, *others = (torch.from_numpy(np.frombuffer(base64.b64decode(state), "uint8").copy()) for state in states)
    torch.set_rng_state(first)
    if len(others) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(others)


def _seeds(model: keras.Model) -> list[Any]:
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def _shapes(variables: Iterable[Any]) -> dict[str, Any]:
    """Counts, and a digest of all shapes in their order: names change from one model of a process to the next."""
    shapes = [tuple(int(size) for size in variable.shape) for variable in variables]
    digest = hashlib.sha256(repr(shapes).encode()).hexdigest()[:16]
    return {"variables": len(shapes), "numbers": int(sum(np.prod(shape) for shape in shapes)), "shapes": digest}


def _other(snapshot: Snapshot, what: str, saved: Mapping[str, Any], own: Mapping[str, Any], cure: str) -> ValueError:
    def told(shapes: Mapping[str, Any]) -> str:
        return f"{shapes['variables']} variables with {shapes['numbers']:,} numbers"

    other = told(own) if told(own) != told(saved) else "as many of other shapes"
    return ValueError(
        f"Invalid `directory`. Expected snapshots of this model. Received: directory={str(snapshot.path.parent)!r}, where the "
        f"{what} in {snapshot.file} are {told(saved)}; those of this model are {other}. {cure}"
    )
