"""The answer of a tip that is work by hand."""

__all__ = ["by_hand"]


def by_hand(name: str, what: str) -> ValueError:
    """Returns the error with which such a tip answers `apply`.

    >>> print(by_hand("repair_data", "Remove damaged rows."))
    Invalid use of the tip repair_data. It is work by hand. Remove damaged rows. See: keras-tips explain repair_data
    """
    return ValueError(f"Invalid use of the tip {name}. It is work by hand. {what} See: keras-tips explain {name}")
