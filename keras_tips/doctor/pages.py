"""What the doctor can explain to a person."""

from keras_tips._base.arguments import check_choice
from keras_tips.doctor.catalogue import catalogue
from keras_tips.records.alarms import measured_alarms

__all__ = ["names", "page"]


def names() -> tuple[str, ...]:
    """Returns the names of all ailments that have a rule, sorted."""
    return tuple(catalogue())


def page(name: str) -> str:
    """Returns the page of an ailment: what it is, why it hurts, how it is recognised, what helps, how often it was wrong.

    Args:
        name: of the ailment.

    Raises:
        ValueError: there is no such ailment; the text tells the nearest one.

    Example:

    >>> page("overfitting").splitlines()[0]
    'overfitting (stage: generalization)'
    """
    rule = catalogue()[check_choice("name", name, names())]
    lines = [f"{rule.name} (stage: {rule.stage})", "", rule.page, "", "Measured false alarms:", f"    {measured_alarms(name)}"]
    if rule.explains:
        lines += ["", f"It can cause: {', '.join(rule.explains)}."]
    return "\n".join(lines)
