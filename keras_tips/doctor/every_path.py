"""Which layers everything has to pass on its way from the inputs to the outputs."""

from collections.abc import Sequence

from keras_tips.records.facts import LayerFact

__all__ = ["every_path"]


def every_path(layers: Sequence[LayerFact]) -> frozenset[str]:
    """Returns the names of the layers that no path through the model leaves out.

    A layer in a branch, or one that a connection jumps over, is not among them. Where nobody knows what reads what, none is.
    """
    reads = {layer["name"]: [name for name in layer["inbound"] if name != layer["name"]] for layer in layers}
    ends = [layer["name"] for layer in layers if layer["output"]]
    return frozenset(name for name in reads if ends and not _reaches(ends, reads, name))


def _reaches(ends: Sequence[str], reads: dict[str, list[str]], without: str) -> bool:
    """Whether an end is reached from an input without this layer."""
    left, seen = [name for name in ends if name != without], {without}
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        before = reads.get(name)
        if not before:  # it reads an input, or nobody knows
            return True
        left += before
    return False
