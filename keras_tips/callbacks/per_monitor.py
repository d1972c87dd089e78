"""Arguments that can be given for each of several metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from keras_tips._base.arguments import check_choice, check_number, invalid, nearest

__all__ = ["modes_of", "numbers_of"]

MODES = ("auto", "min", "max")


def modes_of(monitor: Any, mode: Any) -> dict[str, str]:
    """Returns name of a metric -> mode, the main metric first.

    Args:
        monitor: a name, several names, or a mapping from name to mode.
        mode: `"auto"`, `"min"` or `"max"`, for those without a mode of their own.

    Raises:
        ValueError: not as described.

    >>> modes_of(["val_loss", "loss"], "auto")
    {'val_loss': 'auto', 'loss': 'auto'}
    """
    check_choice("mode", mode, MODES)
    expected = "the name of a metric, several names, or a mapping from name to mode"
    if isinstance(monitor, Mapping):
        if mode != "auto":
            raise invalid("mode", f"'auto' where `monitor` says the modes, as {dict(monitor)} does", mode)
        modes = {name: check_choice("monitor", each, MODES) for name, each in monitor.items()}
    elif isinstance(monitor, str):
        modes = {monitor: mode}
    elif isinstance(monitor, Sequence) and len(set(map(repr, monitor))) == len(monitor):
        modes = {name if isinstance(name, str) else "": mode for name in monitor}
    else:
        raise invalid("monitor", expected, monitor)
    if not modes or not all(isinstance(name, str) and name for name in modes):
        raise invalid("monitor", expected, monitor)
    return modes


def numbers_of(name: str, given: Any, monitors: Sequence[str], shared: bool = False) -> dict[str, float]:
    """Returns metric -> number for an argument that is None, a number, or a mapping; metrics without one are left out.

    Args:
        name: the argument's.
        given: its value.
        monitors: metrics that are watched.
        shared: whether a bare number is meant for each of several metrics.

    Raises:
        ValueError: not as described, or a bare number where nobody knows which metric it is for.

    >>> numbers_of("baseline", 0.5, ["val_loss"])
    {'val_loss': 0.5}
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        number = check_number(name, given)
        if len(monitors) > 1 and not shared:
            raise invalid(name, "a mapping from metric to number, as there are several metrics", given)
        return dict.fromkeys(monitors, number)
    for monitor in given:
        if monitor not in monitors:
            raise invalid(name, f"a mapping whose keys are monitored, like {list(monitors)}", given, nearest(monitor, monitors))
    return {monitor: check_number(name, number) for monitor, number in given.items()}
