"""What a check raises when the layer fails it."""

__all__ = ["Defect"]


class Defect(Exception):  # noqa: N818 - it is the layer that erred, not the check
    """The layer fails a check. The text says what was expected, what came, and what to do."""
