"""What each hyperparameter of a config may be."""

from typing import Any

from keras_tips.search.search_config import SearchConfig
from keras_tips.tips.catalogue import get

__all__ = ["choices"]


def choices(config: SearchConfig) -> dict[str, list[Any] | None]:
    """Returns what each hyperparameter may be: a list, or None for a range; the columns of TensorBoard's HParams table."""
    table: dict[str, list[Any] | None] = {name: dimension.values for name, dimension in config.space.items()}
    for name in config.tips:
        table[name] = [True, False]
        table |= {f"{name}.{value}": list(options) for value, options in get(name).choices.items()}
    return table
