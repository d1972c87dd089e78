"""What compiling freed, handed back to the system."""

import contextlib
import ctypes

__all__ = ["hand_back_freed_memory"]


def hand_back_freed_memory() -> None:
    """Has the C library return freed memory; does nothing where it cannot be asked.

    XLA needs 10 to 90 MB to compile a program, and glibc keeps most of it in the lists of threads that no longer run, where the
    next program does not find it: so each program compiled beside Keras's own would make the process larger for good.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # other C libraries; on Windows there is none of this name
        ctypes.CDLL(None).malloc_trim(0)
