"""The colours of pictures."""

from collections.abc import Mapping

__all__ = ["COLOURS"]

COLOURS: Mapping[str, str] = {
    "ink": "#17212b",
    "quiet": "#55616e",
    "line": "#d6dce2",
    "train": "#2f6fd0",
    "validation": "#c4570a",
    "trouble": "#b3261f",
    "good": "#1c6b3b",
}
"""Name of the page's variable -> colour where there is no such variable. All differ, since one is replaced by the other."""
