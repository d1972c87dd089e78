"""The example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "augmentation_per_image.py"


@pytest.mark.slow
def test_crops_and_lights_each_image_on_its_own(tmp_path):
    picture = tmp_path / "augmented.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    assert "a batch from images of two sizes: (2, 224, 224, 3)" in done.stdout
    moves = [float(move) for move in re.findall(r"([\d.]+) of 255", done.stdout)]
    assert len(moves) == 3
    assert moves == sorted(moves, reverse=True)
    assert float(re.search(r"differ by ([\d.]+) pixels", done.stdout).group(1)) <= 1.0  # masks have whole pixels
    assert picture.read_bytes().startswith(b"\x89PNG")
