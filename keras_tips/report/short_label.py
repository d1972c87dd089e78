"""Names that fit into a picture."""

import re

__all__ = ["short_label"]

LONGEST = 22  # characters
TAIL = 8  # of them kept at the end, where automatic names have their number
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # not allowed in XML


def short_label(text: str) -> str:
    """Returns a name that fits beside a curve, without characters that SVG does not know.

    >>> short_label("a_layer_with_a_very_long_name")
    'a_layer_with_…ong_name'
    """
    text = printable(text)
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - TAIL - 1]}…{text[-TAIL:]}"


def printable(text: str) -> str:
    """Returns the text with a mark in place of every character that XML forbids."""
    return CONTROLS.sub("\ufffd", text)
