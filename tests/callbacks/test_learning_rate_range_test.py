"""The example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "learning_rate_range_test.py"


@pytest.mark.slow
def test_the_recommended_rate_is_close_to_the_best_and_other_readings_are_not_closer(tmp_path):
    picture = tmp_path / "losses.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    assert len(re.findall(r"^  Learning rate [\d.]+\. The loss fell", done.stdout, re.MULTILINE)) == 9
    found = re.findall(r"^ +([a-z ]+): +([\d.]+) on average, +([\d.]+) at worst", done.stdout, re.MULTILINE)
    average = {reading: float(mean) for reading, mean, _ in found}
    assert len(average) == 4
    assert average["recommended"] < 1.6
    assert average["recommended"] <= 1.05 * min(average.values())
    assert float(found[0][2]) < 4
    assert picture.read_bytes().startswith(b"\x89PNG")
