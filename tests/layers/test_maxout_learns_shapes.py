"""The example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "maxout_learns_shapes.py"


@pytest.mark.slow
def test_learns_three_shapes_and_draws_them(tmp_path):
    picture = tmp_path / "shapes.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    errors = [float(error) for error in re.findall(r"off by ([\d.]+) at most", done.stdout)]
    assert len(errors) == 3
    assert max(errors[:2]) < 0.01  # two lines can be |x| and ReLU exactly
    assert errors[2] < 0.1  # x squared takes as many lines as it is given
    assert picture.read_bytes().startswith(b"\x89PNG")
