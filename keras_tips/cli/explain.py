"""`keras-tips explain [AILMENT|TIP]`."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

__all__ = ["explain"]


def explain(name: Annotated[str | None, typer.Argument(help="An ailment or a tip; without it, the list.")] = None) -> None:
    """Prints the page of an ailment or a tip; without a name, the list of both."""
    from keras_tips import tips
    from keras_tips._base.arguments import invalid, nearest
    from keras_tips.doctor import pages

    if name is None:
        print("Ailments that the doctor finds:\n" + listed(pages.names(), pages.page))
        print("\nTips that cure them:\n" + listed(tips.names(), lambda tip: tips.get(tip).explain()))
        print("\nkeras-tips explain NAME prints the page.")
    elif name in pages.names():
        print(pages.page(name))
    elif name in tips.names():
        print(tips.get(name).explain())
    else:
        known = (*pages.names(), *tips.names())
        raise invalid("name", "an ailment or a tip", name, f"{nearest(name, known)} keras-tips explain lists them.")


def listed(names: Sequence[str], page: Callable[[str], str]) -> str:
    """One line per name, with the first sentence of its page."""
    width = max(map(len, names), default=0)
    return "\n".join(f"  {name:{width}}  {first_sentence(page(name))}" for name in names)


def first_sentence(page: str) -> str:
    """What a page begins with, below its heading."""
    _, _, body = page.partition("\n\n")
    paragraph = " ".join(body.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "."
