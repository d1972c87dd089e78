"""The example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "whitening_and_the_loss_surface.py"


@pytest.mark.slow
def test_each_preprocessing_shortens_the_way_down_and_draws_it(tmp_path):
    picture = tmp_path / "surfaces.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    found = re.findall(r"(\w+): condition number +([\d.]+), +(\d+) steps", done.stdout)
    assert [title for title, _, _ in found] == ["raw", "MinMaxScaling", "Normalization", "PCAWhitening"]
    conditions, steps = [float(each) for _, each, _ in found], [int(each) for _, _, each in found]
    for one, next_one in ((0, 1), (1, 2), (2, 3)):
        assert conditions[one] > 2 * conditions[next_one]
        assert steps[one] > 2 * steps[next_one]
    assert conditions[3] < 1.01
    assert steps[3] == 1
    assert picture.read_bytes().startswith(b"\x89PNG")
