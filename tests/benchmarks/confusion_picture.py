"""Draws which ailment the doctor names first for each fault that was put in."""

from keras_tips.report.colours import COLOURS
from keras_tips.report.draw import draw

__all__ = ["confusion_picture"]

CELL = 0.26  # inches


def confusion_picture(cells, answers, nothing):
    """Returns the SVG of a table of numbers, which stands alone: rows are faults, columns what was named first.

    Args:
        cells: (fault, first finding) to the number of runs.
        answers: fault to the ailments that are right for it.
        nothing: name of the column of runs in which nothing was found.
    """
    named = {name for _, name in cells} - {nothing}
    order = [name for right in answers.values() for name in right]
    columns = [*sorted(named, key=lambda name: (order.index(name) if name in order else len(order), name)), nothing]
    faults = [fault for fault in answers if any(row == fault for row, _ in cells)]

    def paint(panel):
        for down, fault in enumerate(faults):
            for right, name in enumerate(columns):
                paint_cell(panel, right, down, cells.get((fault, name), 0), name in answers[fault])
        panel.set(xlim=(0, len(columns)), ylim=(len(faults), 0))
        panel.set_xticks(
            [column + 0.5 for column in range(len(columns))], [name.replace("_", " ") for name in columns], rotation=90
        )
        panel.set_yticks([row + 0.5 for row in range(len(faults))], [fault.replace("_", " ") for fault in faults])
        panel.xaxis.tick_top()
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)

    runs = sum(cells.values())
    right = sum(count for (fault, name), count in cells.items() if name in answers[fault])
    words = f"In {right} of {runs} runs the first finding is a right answer; those cells are green, others red."
    size = (3.4 + CELL * len(columns), 2.4 + CELL * len(faults))
    return alone(draw("confusion", "Faults put into healthy programs, and what the doctor names first", words, size, paint))


def paint_cell(panel, right, down, count, correct):
    colour = COLOURS["good"] if correct else COLOURS["trouble"]
    if correct or count:
        style = {
            "facecolor": colour if count else "none",
            "edgecolor": colour,
            "alpha": 0.35 if count else 0.5,
            "linewidth": 0.8,
        }
        panel.add_patch(rectangle(right, down, style))
    if count:
        panel.text(right + 0.5, down + 0.52, str(count), ha="center", va="center")


def rectangle(right, down, style):
    from matplotlib.patches import Rectangle

    return Rectangle((right + 0.06, down + 0.06), 0.88, 0.88, **style)


def alone(svg):
    """A page gives font and ground to its pictures; a file brings them along."""
    svg = svg.replace('style="stroke-linejoin: round"', 'style="stroke-linejoin: round; font-family: sans-serif"', 1)
    end = svg.index("</desc>") + len("</desc>")
    return f'{svg[:end]}<rect width="100%" height="100%" fill="#ffffff"/>{svg[end:]}'
