"""The example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "l1_against_l2.py"


@pytest.mark.slow
def test_l1_makes_zeros_and_l2_small_weights(tmp_path):
    picture = tmp_path / "weights.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    found = re.findall(r"([\d.]+)% of the test.*? ([\d.]+)% of the weights near zero, the largest is ([\d.]+)", done.stdout)
    accuracies, zeros, largest = ([float(number) for number in column] for column in zip(*found, strict=True))
    none, l1, between, l2 = zeros
    assert l1 > 40 > between > 5 > max(none, l2)
    assert largest[3] == min(largest)
    assert min(accuracies) > 94
    assert max(accuracies) - min(accuracies) < 2
    assert picture.read_bytes().startswith(b"\x89PNG")
