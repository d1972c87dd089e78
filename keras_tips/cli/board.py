"""`keras-tips board DIR`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["board"]


def board(
    directory: Annotated[Path, typer.Argument(help="A folder with event files, such as a log_dir or a search.")],
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.", min=0, max=65535)] = 6006,
) -> None:
    """Starts TensorBoard, with the Tips page, for a folder."""
    if not directory.is_dir():
        raise NotADirectoryError(f"No folder at {directory}. Give the folder that a log_dir, a search or the demo wrote.")
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(directory), "--port", str(port)]
    sys.stdout.flush()
    os.execv(sys.executable, command)
