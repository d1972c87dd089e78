"""Norms per layer, from norms per variable."""

import numpy as np

from keras_tips.records.run import Run

__all__ = ["layer_norms"]


def layer_norms(run: Run, quantity: str = "gradient_norm") -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns, per layer in the order in which data passes them, the steps and the L2 norm over all its variables.

    The norm of several pieces together is the root of the sum of their squared norms. Only steps at which every variable
    of the layer was recorded count. Where the run does not say which variables a layer has, the path up to its last
    part stands for the layer.

    Args:
        run: the measurements.
        quantity: a quantity with one series per variable, such as `"gradient_norm"` or `"weight_norm"`.

    Returns:
        layer -> (steps, values); empty where the quantity was not recorded.
    """
    if quantity not in run.quantities:
        return {}
    places = run.places(quantity)
    owners = {path: fact["name"] for fact in run.fact("layers", []) for path in fact["variables"]}
    order = {fact["name"]: number for number, fact in enumerate(run.fact("layers", []))}
    variables: dict[str, list[str]] = {}
    for place in places:
        variables.setdefault(owners.get(place, place.rpartition("/")[0] or place), []).append(place)
    layers = sorted(variables, key=lambda layer: order.get(layer, len(order)))
    return {layer: norm_of_all(run, quantity, variables[layer]) for layer in layers}


def norm_of_all(run: Run, quantity: str, places: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the steps that all `places` share, and the root of the sum of their squares there."""
    series = [run.series(quantity, place) for place in places]
    steps = series[0][0]
    for others, _ in series[1:]:
        steps = np.intersect1d(steps, others)
    rows = [values[np.isin(own_steps, steps)] for own_steps, values in series]
    return steps, np.hypot.reduce(np.array(rows), axis=0)  # hypot: no overflow from squaring
