"""`keras-tips leaderboard DIR`."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["leaderboard"]


def leaderboard(
    directory: Annotated[Path, typer.Argument(help="The folder of a search.")],
    output: Annotated[str, typer.Option("--format", help='"text" or "json".')] = "text",
) -> None:
    """Prints the trials of a search, best first; also while it runs, and after it was killed."""
    from keras_tips._base.arguments import check_choice
    from keras_tips.search import load_leaderboard

    check_choice("--format", output, ("text", "json"))
    board = load_leaderboard(directory)
    if output == "json":
        print(board.to_json())
        return
    from rich.console import Console

    from keras_tips.report.terminal import leaderboard_table

    Console().print(leaderboard_table(board))
