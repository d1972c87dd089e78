"""A search with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from keras_tips.cli.quiet_import import quiet_import
from keras_tips.records.leaderboard import Leaderboard, Trial
from keras_tips.search.search_config import SearchConfig

__all__ = ["searched"]


def searched(config: SearchConfig, directory: Path) -> Leaderboard:
    """Runs or continues a search on the digits and shows how far it is."""
    with quiet_import():
        from keras_tips.search.engine import search
    from keras_tips.search.digits import digits

    data = digits()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("searching", total=config.search.trials)

        def show(trial: Trial) -> None:
            score = "failed" if trial.score is None else f"{config.objective.name} {trial.score:.4f}"
            progress.update(task, advance=1, description=f"trial {trial.trial}: {score}")

        board = search(config, (data.x_train, data.y_train), directory, (data.x_validation, data.y_validation), progress=show)
        progress.update(task, description="searched")
    return board
