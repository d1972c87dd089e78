"""The state of an early stopping on disk, from which another process goes on."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_tips.callbacks.standing import Standing, read_standings, write_standings
from keras_tips.callbacks.stored_best import clear_best, load_best, store_best

__all__ = ["StoppingState"]


class StoppingState:
    """Keeps where training stood at the end of each epoch, and the best weights, in a folder.

    Whatever is written is whole or not there, and the weights are written before the standing that names them. So the folder
    can be read after a kill at any moment.

    Args:
        folder: where. It is made when there is something to write.
        monitors: metrics that are watched, the main one first.
    """

    def __init__(self, folder: Path, monitors: Sequence[str]) -> None:
        self.folder, self.monitors = folder, tuple(monitors)
        self._standings: list[Standing] = []

    def resume(self, epoch: int) -> Standing | None:
        """Returns where an earlier training stood before `epoch`; None where there was none. What it knew later is forgotten.

        Raises:
            ValueError: the file is damaged, or of a training that watched other metrics.
        """
        stored, finished = read_standings(self.folder, self.monitors) if epoch > 0 else ([], False)
        self._standings = [standing for standing in stored if standing.epoch < epoch]
        if not self._standings:
            return None
        last = self._standings[-1]
        if not finished or last.reason is None:
            return last
        patient = {name: dataclasses.replace(each, wait=0, stagnant=False) for name, each in last.progress.items()}
        return Standing(last.epoch, patient)  # whoever trains on after it was stopped wants new patience

    def keep(self, standing: Standing, weights: Sequence[Any] | None) -> None:
        """Writes down where training stands at the end of an epoch.

        Args:
            standing: that.
            weights: the best ones, if they are of this epoch; None if they are kept already.
        """
        self._standings.append(standing)
        if weights is not None:
            store_best(self.folder, standing.epoch, weights)
        write_standings(self.folder, self._standings, self.monitors)
        # The best before this epoch stay, too: the checkpoint that training resumes from may be one epoch behind.
        progress = [each.progress.get(self.monitors[0]) for each in self._standings[-2:]]
        clear_best(self.folder, {each.epoch for each in progress if each is not None and each.epoch is not None})

    def best_weights(self, epoch: int) -> list[Any] | None:
        """Returns the weights that were best at the end of `epoch`; None where they are not there.

        Raises:
            ValueError: the file is damaged.
        """
        return load_best(self.folder, epoch)

    def finish(self) -> None:
        """Notes that `fit` has come to its end."""
        if self._standings:
            write_standings(self.folder, self._standings, self.monitors, finished=True)
