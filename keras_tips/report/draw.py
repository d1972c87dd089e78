"""Draws with matplotlib, and returns SVG text that belongs into a page.

Same input, same bytes: no dates, no random names, matplotlib's own defaults whatever the user has set. Colours are
variables of the page (`var(--ink, #17212b)`), so that a picture is light on a light page and dark on a dark one.
"""

import io
import re
import warnings
from collections.abc import Callable
from html import escape
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from keras_tips.report.colours import COLOURS
from keras_tips.report.short_label import printable

__all__ = ["draw"]

SETTINGS: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["quiet"],
    "axes.labelcolor": COLOURS["quiet"],
    "axes.titlecolor": COLOURS["ink"],
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["quiet"],
    "ytick.color": COLOURS["quiet"],
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",  # text stays text: it can be found, copied, and takes the page's font
    "svg.hashsalt": "keras_tips",
    "text.parse_math": False,  # a dollar sign in a layer's name is a dollar sign
}


def draw(
    name: str,
    title: str,
    description: str,
    size: tuple[float, float],
    paint: Callable[..., None],
    columns: int = 1,
    rows: int = 1,
) -> str:
    """Returns the SVG of a figure with a grid of panels.

    Args:
        name: begins every id inside, so that several pictures can stand on one page; letters, digits and hyphens.
        title: what the picture shows; read aloud in place of the picture.
        description: what can be learned from it, in words.
        size: width and height in inches of 72 units.
        paint: is called with the panels, one argument each, row by row.
        columns: panels beside each other.
        rows: panels below each other.
    """
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        # The browser has the characters that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        paint(*figure.subplots(rows, columns, squeeze=False).flat)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _for_page(buffer.getvalue(), name, title, description)


def _for_page(svg: str, name: str, title: str, description: str) -> str:
    """Turns matplotlib's file into an element for a page, without what only a file needs."""
    body = svg[svg.index(">", svg.index("<svg")) + 1 :].rstrip()
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<[^>]+>", lambda tag: _repaired_tag(tag[0], name), body)  # never the text between tags
    body = re.sub(r"\s*\n\s*", "\n", body)
    box = re.search(r'viewBox="[^"]*"', svg)
    links = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    labels = f'role="img" aria-labelledby="{name}-title {name}-desc" style="stroke-linejoin: round"'
    head = f"<svg {links} {box[0] if box else ''} {labels}>"
    words = f'<title id="{name}-title">{_text(title)}</title><desc id="{name}-desc">{_text(description)}</desc>'
    return head + words + body


def _repaired_tag(tag: str, name: str) -> str:
    if tag.startswith("<g "):
        tag = re.sub(r' id="[^"]*"', "", tag)
    tag = re.sub(r'( id="|url\(#|xlink:href="#)', rf"\g<1>{name}-", tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)  # the page's font
    for variable, colour in COLOURS.items():
        tag = tag.replace(colour, f"var(--{variable}, {colour})")
    return tag


def _text(text: str) -> str:
    return escape(printable(text))
