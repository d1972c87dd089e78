"""What a check raises when it cannot judge the layer."""

__all__ = ["NotExamined"]


class NotExamined(Exception):  # noqa: N818 - an answer, not an error
    """A check has nothing to say about the layer. The text is the reason."""
