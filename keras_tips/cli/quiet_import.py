"""Imports a framework without its remarks."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator

__all__ = ["quiet_import"]


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Within it, what is written to standard error is kept back, and shown only if something is raised.

    TensorFlow's C++ part tells, while it is imported, which processor features it uses and that there is no GPU. No
    setting stops it, and between our lines it reads like an error.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as kept:
        terminal = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(terminal, kept.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
