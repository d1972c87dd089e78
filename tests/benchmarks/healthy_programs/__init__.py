"""Training programs that are known to be healthy, of many kinds: what the doctor must leave alone.

Each is a function that takes a random generator and returns a compiled model with the arguments of `fit`; it takes a few
seconds on one core. A program belongs here when it learns its task well, on training and on validation data: its decorator
says what it must reach, and `bench_doctor.py --check` measures it. They are not what thresholds are made from.
"""

from healthy_programs import (  # noqa: F401 - each module stores its programs
    attention,
    data_sources,
    images,
    optimizers,
    own_losses,
    own_parts,
    sequences,
    several_outputs,
    tabular,
    text,
    transfer,
)
from healthy_programs.registry import PROGRAMS, Program

__all__ = ["PROGRAMS", "Program"]
