"""The error that lists everything that is wrong with a layer."""

from collections.abc import Mapping

__all__ = ["LayerCheckError"]


class LayerCheckError(AssertionError):
    """A layer fails one or more of the checks of `check_layer`.

    The error's `__cause__` is a group of the errors that stood behind the failures, with their tracebacks.

    >>> print(LayerCheckError("Twice", {"config": "`factor` is missing from get_config()."}))
    Twice fails 1 check.
    - config: `factor` is missing from get_config().

    Args:
        layer: name of the layer's class.
        failures: name of the check -> what was expected, what came, and what to do.

    Raises:
        nothing by itself; `check_layer` raises it.
    """

    def __init__(self, layer: str, failures: Mapping[str, str]) -> None:
        checks = "1 check" if len(failures) == 1 else f"{len(failures)} checks"
        lines = [f"{layer} fails {checks}.", *(f"- {check}: {sentence}" for check, sentence in failures.items())]
        super().__init__("\n".join(lines))
        self.layer = layer
        self.failures = dict(failures)
