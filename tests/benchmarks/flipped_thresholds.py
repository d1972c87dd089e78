"""Moves each threshold of the doctor far up and far down, and tells for which of them no test fails.

    python tests/benchmarks/flipped_thresholds.py [--only MODULE ...]

A threshold is a module's number with a name in capitals. Moved a thousandfold, a rule either never speaks or always does, so a
test of a sick run or one of a healthy run has to fail. The tests of the module's own file are asked first, then those of all
rules. It takes minutes, on one core.
"""

import argparse
import contextlib
import importlib
import io
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import keras_tips.doctor

TESTS = Path(__file__).parents[1] / "doctor"
FACTOR = 1000.0
Number = int | float


def main() -> None:
    """Prints a line for each threshold that could be moved."""
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="names of modules")
    only = parser.parse_args().only
    moved = survived = 0
    for module in modules():
        if only and short(module) not in only:
            continue
        for name, value in thresholds(module):
            for far in (value * FACTOR, value / FACTOR):
                moved += 1
                if not fails(module, name, far if isinstance(value, float) else round(far)):
                    survived += 1
                    print(f"{short(module)}.{name} = {far:g} instead of {value:g}: no test fails", flush=True)
    print(f"{moved} moves of thresholds, {survived} that no test noticed")


def modules() -> Iterator[ModuleType]:
    """All modules of the doctor."""
    for info in pkgutil.walk_packages(keras_tips.doctor.__path__, "keras_tips.doctor."):
        yield importlib.import_module(info.name)


def short(module: ModuleType) -> str:
    """The module's own name."""
    return module.__name__.rpartition(".")[2]


def thresholds(module: ModuleType) -> Iterator[tuple[str, Number]]:
    """Names and values of the numbers that the module defines itself."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    for name, value in sorted(vars(module).items()):
        if name.isupper() and isinstance(value, int | float) and f"\n{name} = " in source:
            yield name, value


def fails(module: ModuleType, name: str, value: Number) -> bool:
    """Whether some test does with another value."""
    holders = [each for each in list(sys.modules.values()) if belongs(each) and name in vars(each)]
    own = getattr(module, name)
    changed = [each for each in holders if getattr(each, name) is own and imports(each, module, name)]
    for each in changed:
        setattr(each, name, value)
    try:
        first = TESTS / f"test_{short(module)}.py"
        return (first.exists() and not passes(first)) or not passes(TESTS)
    finally:
        for each in changed:
            setattr(each, name, own)


def belongs(module: object) -> bool:
    """Whether it is one of the doctor's modules."""
    return isinstance(module, ModuleType) and module.__name__.startswith("keras_tips.doctor")


def imports(holder: ModuleType, module: ModuleType, name: str) -> bool:
    """Whether a module has the name from this one."""
    if holder is module:
        return True
    text = Path(str(holder.__file__)).read_text(encoding="utf-8")
    return any(line.startswith(f"from {module.__name__} import") and name in line for line in text.splitlines())


def passes(tests: Path) -> bool:
    """Whether all tests of a file or folder do."""
    silent = io.StringIO()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
        return pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tests)]) == 0


if __name__ == "__main__":
    main()
