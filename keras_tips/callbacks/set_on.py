"""An attribute of an instance that is another one for a while."""

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["set_on"]


@contextlib.contextmanager
def set_on(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Sets an attribute on the instance, past Keras's tracking, and leaves the instance as it was.

    >>> class Owner: pass
    >>> owner = Owner()
    >>> with set_on(owner, "name", 1):
    ...     owner.name
    1
    >>> vars(owner)
    {}
    """
    had, old = name in vars(owner), vars(owner).get(name)
    vars(owner)[name] = value
    try:
        yield
    finally:
        if had:
            vars(owner)[name] = old
        else:
            vars(owner).pop(name, None)
