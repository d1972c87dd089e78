"""All rules there are."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from keras_tips._base.arguments import invalid, nearest
from keras_tips._base.discovery import discover
from keras_tips.doctor.rule import Rule

__all__ = ["catalogue", "chosen"]


@cache
def catalogue() -> Mapping[str, Rule]:
    """Returns name -> rule for every file in `keras_tips.doctor.rules`, sorted by name.

    >>> catalogue()["overfitting"].stage
    'generalization'
    """
    return MappingProxyType(discover("keras_tips.doctor.rules"))


def chosen(rules: str | Iterable[str] = "all") -> tuple[Rule, ...]:
    """Returns the rules that were asked for.

    Args:
        rules: `"all"`, or names of rules.

    Raises:
        ValueError: there is no rule of that name (the text tells the nearest one), or none was asked for.
    """
    known = catalogue()
    if isinstance(rules, str):
        if rules != "all":
            raise invalid("rules", "'all' or a list of names of rules", rules, nearest(rules, known))
        return tuple(known.values())
    if not isinstance(rules, Iterable):
        raise invalid("rules", "'all' or a list of names of rules", rules)
    names = tuple(dict.fromkeys(rules))
    if not names:
        raise invalid("rules", "'all' or at least one name of a rule", rules, nearest("", known))
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise invalid("rules", "names of rules", name, nearest(name, known))
    return tuple(known[name] for name in names)
