"""The example shows what it says: the two forms, the conversion, and what a forgotten factor does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "classic_and_inverted_dropout.py"


@pytest.mark.slow
def test_converts_without_a_change_and_shows_the_mistake():
    done = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, check=True)
    masks = [set(line.split()) - {"0."} for line in re.findall(r"in training \[([^]]*)\]", done.stdout)]
    assert masks == [{"1."}, {"1.6666666"}]
    assert float(re.search(r"predicts the same to (\S+)", done.stdout)[1]) < 1e-6
    assert float(re.search(r"the first weights to (\S+)", done.stdout)[1]) < 1e-6
    small, large = (float(size) for size in re.findall(r"weights of ([\d.]+) on average", done.stdout))
    assert large / small == pytest.approx(1 / 0.6, rel=0.02)
    right, forgotten = (float(share) for share in re.findall(r"confidence ([\d.]+)%", done.stdout))
    assert forgotten > right + 5
