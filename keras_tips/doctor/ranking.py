"""Which finding is the root cause, and which only follow from it."""

from collections.abc import Iterable, Mapping

from keras_tips.records.finding import SEVERITIES, STAGES, Finding

__all__ = ["Graph", "consequences", "ranked", "reachable"]

Graph = Mapping[str, Iterable[str]]


def consequences(found: Iterable[Finding], explains: Graph) -> dict[str, tuple[str, ...]]:
    """Returns which of the found ailments each found ailment explains, directly or through ailments that were not found.

    Only warnings and critical findings take part: something that does no harm explains no harm.

    Args:
        found: any findings.
        explains: ailment -> ailments that it causes. It has no cycle.
    """
    serious = dict.fromkeys(finding.rule for finding in found if finding.serious)
    explained = {name: reachable(name, explains) for name in serious}
    pairs = {name: tuple(other for other in serious if other in explained[name]) for name in serious}
    return {name: others for name, others in pairs.items() if others}


def ranked(found: Iterable[Finding], explains: Graph) -> tuple[Finding, ...]:
    """Returns the findings as they should be read: each root cause, its consequences behind it, and harmless remarks last.

    A root is an ailment that no other found one explains. Among equals, the worse comes first, where a root counts as the
    worst of all it explains; then the earlier step of the recipe; then the surer one. What several roots
    explain stands behind the last of them.

    Args:
        found: any findings, several of one rule too.
        explains: ailment -> ailments that it causes. It has no cycle.
    """
    found = sorted(found, key=_urgency)
    tree = consequences(found, explains)
    explained = {other for others in tree.values() for other in others}
    urgency = {finding.rule: _urgency(finding) for finding in reversed(found) if finding.serious}

    def weight(root: str) -> tuple[int, tuple[int, int, float, str]]:
        return min(urgency[name][0] for name in (root, *tree.get(root, ()))), urgency[root]

    roots = sorted((name for name in urgency if name not in explained), key=weight)
    order: list[str] = []
    for number, root in enumerate(roots, 1):
        later = {name for other in roots[number:] for name in tree.get(other, ())}
        order += [root, *(name for name in _causes_first(tree.get(root, ()), tree, urgency) if name not in {*later, *order})]
    serious = [finding for name in order for finding in found if finding.rule == name and finding.serious]
    return (*serious, *(finding for finding in found if not finding.serious))


def _causes_first(names: Iterable[str], tree: Graph, urgency: Mapping[str, tuple[int, int, float, str]]) -> list[str]:
    """Sorts so that none stands before one that explains it; the more an ailment explains, the earlier it has to come."""
    return sorted(names, key=lambda name: (-len(tuple(tree.get(name, ()))), urgency[name]))


def _urgency(finding: Finding) -> tuple[int, int, float, str]:
    """The smaller, the earlier it should be read."""
    return (-SEVERITIES.index(finding.severity), STAGES.index(finding.stage), -finding.confidence, finding.rule)


def reachable(start: str, explains: Graph) -> set[str]:
    """Returns the ailments that one can cause, directly or through others."""
    seen: set[str] = set()
    left = [start]
    while left:
        fresh = set(explains.get(left.pop(), ())) - seen
        seen |= fresh
        left += fresh
    return seen - {start}
