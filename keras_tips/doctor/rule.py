"""One ailment, and the pure function that looks for it."""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from keras_tips._base.arguments import check_choice, invalid
from keras_tips.doctor.missing import Missing
from keras_tips.records.finding import STAGES, Finding
from keras_tips.records.run import Run

__all__ = ["Rule", "rule"]

SENTENCE = re.compile(r"[.!?](?=\s+[A-Z]|$)")
Examination = Callable[[Run], tuple[Finding, ...] | Missing]


@dataclass(frozen=True)
class Rule:
    """A rule as the doctor sees it. It is made by the decorator `rule`.

    Attributes:
        name: the ailment, which is also the name of the function and of its file.
        stage: the step of the recipe at which the ailment is looked for: `"setup"`, `"training"` or `"generalization"`.
        explains: ailments that this one causes. Together these lists make the graph that finds the root cause.
        examine: from a run to what was found in it (an empty tuple where all is well), or to what was missing.
        page: the text that explains the ailment to a person; the function's docstring.
    """

    name: str
    stage: str
    explains: tuple[str, ...]
    examine: Examination
    page: str

    def first_sentence(self, section: str) -> str:
        """The first sentence of a section of the page, "" where there is no such section.

        Args:
            section: its heading, as `"Why it hurts"`.
        """
        _, found, rest = self.page.partition(f"{section}:\n")
        if not found:
            return ""
        text = " ".join(rest.split("\n\n")[0].split())
        end = SENTENCE.search(text)
        return text[: end.end()] if end else text


def rule(stage: str, explains: Iterable[str] = ()) -> Callable[[Examination], Rule]:
    """Returns the decorator that turns a function `Run -> tuple[Finding, ...] | Missing` into a `Rule`.

    Raises:
        ValueError: the stage is unknown, or the function has no docstring to be its page.

    Example:

    >>> @rule(stage="training", explains=("plateau",))
    ... def lazy_network(run):
    ...     '''The network does nothing.'''
    ...     return ()
    >>> lazy_network.name, lazy_network.explains
    ('lazy_network', ('plateau',))
    """
    check_choice("stage", stage, STAGES)

    def made(examine: Examination) -> Rule:
        name, page = getattr(examine, "__name__", ""), inspect.getdoc(examine)
        if not page:
            raise invalid("examine", "a function whose docstring is the page of its ailment", name)
        return Rule(name, stage, tuple(explains), examine, page)

    return made
