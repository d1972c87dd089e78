"""`keras-tips search CONFIG`."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["search"]


def search(
    config: Annotated[Path, typer.Argument(help="A YAML file, such as tuner_configs/digits_quick.yaml.")],
    out: Annotated[Path, typer.Option(help="Folder of the search. One that was begun with this config is continued.")],
    workers: Annotated[int, typer.Option(help="Processes that train at the same time; the points stay the same.", min=1)] = 1,
) -> None:
    """Searches over tips and settings, on scikit-learn's digits, and prints the leaderboard."""
    from rich.console import Console

    from keras_tips.cli.crew import end_with_launcher
    from keras_tips.cli.searched import searched, searched_by_crew
    from keras_tips.report.terminal import leaderboard_table
    from keras_tips.search import load_config

    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"Invalid `--out`. Expected a folder, or a new name. Received: {out}, which is a file.")
    end_with_launcher()
    settings = load_config(config)  # before the frameworks, which take seconds to come: a slip is told at once
    board = searched(settings, out) if workers == 1 else searched_by_crew(settings, config, out, workers)
    Console().print(leaderboard_table(board))
    if board.best is None:
        raise RuntimeError("no trial was completed; the table above says why.")
    print(f"\nBest model:  {board.best_model}\nAgain:       keras-tips leaderboard {out}\nTensorBoard: keras-tips board {out}")
