"""One process at a time in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where the lock is left out
    fcntl = None  # type: ignore[assignment]

__all__ = ["folder_lock"]


@contextmanager
def folder_lock(path: Path) -> Iterator[None]:
    """Holds the operating system's lock on a file, which also goes with a process that is killed.

    Args:
        path: the file; made where it is missing, never written to.

    Raises:
        BlockingIOError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                cure = "Wait until it has ended, or give this search a folder of its own."
                raise BlockingIOError(f"Another search is running in {path.parent}. {cure}") from error
        yield
