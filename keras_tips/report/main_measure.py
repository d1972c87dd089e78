"""Which measure a report is about."""

from keras_tips.report.content import Report

__all__ = ["main_measure"]


def main_measure(report: Report) -> str | None:
    """Returns the measure that most results have, the first of them; an accuracy before anything else."""
    names = [name for measured in report.results.values() for name in measured]
    if not names:
        return None
    return max(dict.fromkeys(names), key=lambda name: (names.count(name), "accuracy" in name))
