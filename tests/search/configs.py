"""A small config as text, to be changed by tests."""

import textwrap

TINY = textwrap.dedent(
    """\
    version: 1
    objective: {name: val_accuracy, goal: max}
    search: {algorithm: random, trials: 3, epochs: 1, seed: 0}
    model: {layers: 1, units: 8}
    space:
      lr: {min: 1e-3, max: 1e-1, log: true}
      activation: [relu, maxout]
      pieces: {values: [2, 3], when: {activation: maxout}}
    tips: [scale_inputs]
    """
)


def written(folder, old="", new=""):
    """The path of the tiny config, with one piece of text replaced."""
    assert old in TINY
    path = folder / "config.yaml"
    path.write_text(TINY.replace(old, new, 1) if old else TINY, encoding="utf-8")
    return path
