"""Reads a fact of a run and makes sure that it is what the contract says."""

from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from keras_tips.records import facts
from keras_tips.records.run import Run

__all__ = ["checked_fact"]

SHAPES: dict[str, Any] = {
    "model": facts.ModelFact,
    "layers": list[facts.LayerFact],
    "left_out": list[str],
    "outputs": list[facts.OutputFact],
    "optimizer": facts.OptimizerFact,
    "inputs": list[facts.InputFact],
    "targets": list[facts.TargetFact],
    "validation_inputs": list[facts.InputFact],
    "validation_targets": list[facts.TargetFact],
    "split": facts.SplitFact,
    "relabelled": facts.RelabelledFact,
    "references": list[facts.ReferenceFact],
    "one_batch": facts.OneBatchFact,
    "critical_point": facts.CriticalPointFact,
    "time_reach": facts.TimeReachFact,
    "fit": facts.FitFact,
}


def checked_fact(run: Run, name: str) -> Any:
    """Returns the fact of this name, or None where it is not known or not as `keras_tips.records.facts` says.

    A run may come from a file that another version wrote or a person edited. So a rule gets a fact that it can rely on,
    or none.
    """
    value = _completed(run.fact(name), facts.ADDED.get(name, {}))
    return value if _fits(value, SHAPES[name]) else None


def _completed(value: Any, added: dict[str, Any]) -> Any:
    """The fact with the entries that earlier versions did not write."""
    if not added:
        return value
    if isinstance(value, list | tuple):
        return [_completed(entry, added) for entry in value]
    return {**added, **value} if isinstance(value, dict) else value


def _fits(value: Any, shape: Any) -> bool:
    """Whether a plain value has the type that an annotation of the contract states."""
    if is_typeddict(shape):
        hints = get_type_hints(shape)
        return isinstance(value, dict) and all(key in value and _fits(value[key], hint) for key, hint in hints.items())
    if get_origin(shape) is list:
        (part,) = get_args(shape)
        return isinstance(value, list | tuple) and all(_fits(entry, part) for entry in value)
    if get_origin(shape) is dict:
        _, part = get_args(shape)
        return isinstance(value, dict) and all(isinstance(key, str) and _fits(entry, part) for key, entry in value.items())
    if isinstance(shape, UnionType):
        return any(_fits(value, choice) for choice in get_args(shape))
    if shape in (bool, str, NoneType):
        return isinstance(value, shape)
    # A whole number is a number; JSON may write 1.0 as 1. A bool is neither.
    return isinstance(value, (int, float) if shape is float else int) and not isinstance(value, bool)
