"""What `check_layer` found out about a layer that has no defect."""

from dataclasses import dataclass

__all__ = ["LayerReport"]


@dataclass(frozen=True)
class LayerReport:
    """The checks that a layer passed, and those that had nothing to judge.

    >>> report = LayerReport("Twice", passed=("config", "gradient"), not_examined=(("seed", "there is no argument `seed`"),))
    >>> print(report)
    Twice passed 2 checks: config, gradient
    not examined: seed (there is no argument `seed`)

    Args:
        layer: name of the layer's class.
        passed: names of the checks that found nothing wrong, in the order in which they ran.
        not_examined: for each of the other checks its name and the reason.

    Raises:
        dataclasses.FrozenInstanceError: an attribute is set.
    """

    layer: str
    passed: tuple[str, ...]
    not_examined: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        checks = "1 check" if len(self.passed) == 1 else f"{len(self.passed)} checks"
        lines = [f"{self.layer} passed {checks}: {', '.join(self.passed) or 'none'}"]
        return "\n".join([*lines, *(f"not examined: {check} ({reason})" for check, reason in self.not_examined)])
