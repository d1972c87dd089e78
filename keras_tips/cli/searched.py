"""A search with a progress bar."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from keras_tips.cli.crew import Crew
from keras_tips.cli.quiet_import import quiet_import
from keras_tips.records.leaderboard import Leaderboard, Trial
from keras_tips.search.search_config import SearchConfig
from keras_tips.search.stored import load_leaderboard

__all__ = ["searched", "searched_by_crew"]

SECONDS_BETWEEN_LOOKS = 0.5


def searched(config: SearchConfig, directory: Path) -> Leaderboard:
    """Runs or continues a search on the digits, in this process, and shows how far it is."""
    with quiet_import():
        from keras_tips.search.engine import search
    from keras_tips.search.digits import digits

    data, ended = digits(), 0
    with bar(config.search.trials) as show:

        def tell(trial: Trial) -> None:
            nonlocal ended
            ended += 1
            score = "failed" if trial.score is None else f"{config.objective.name} {trial.score:.4f}"
            show(ended, f"trial {trial.trial}: {score}")

        board = search(config, (data.x_train, data.y_train), directory, (data.x_validation, data.y_validation), progress=tell)
        show(len(board.trials), "searched")
    return board


def searched_by_crew(config: SearchConfig, path: Path, directory: Path, workers: int) -> Leaderboard:
    """The same by several processes on this machine."""
    with bar(config.search.trials) as show, Crew(path, directory, workers) as crew:
        while crew.searching():
            with contextlib.suppress(FileNotFoundError):  # the chief has not begun yet
                trials = load_leaderboard(directory).trials
                show(sum(trial.status != "running" for trial in trials), f"{workers} workers")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        show(config.search.trials, "searched")
    return load_leaderboard(directory)


@contextlib.contextmanager
def bar(trials: int) -> Iterator[Callable[[int, str], None]]:
    """A progress bar over trials; gives the function that moves it: how many have ended, and what to say."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("searching", total=trials)
        yield lambda ended, text: progress.update(task, completed=ended, description=text)
