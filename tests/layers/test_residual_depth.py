"""The example shows what it says: deeper is worse without shortcuts, and not with them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "residual_depth.py"


@pytest.mark.slow
def test_shortcuts_train_what_does_not_train_without(tmp_path):
    picture = tmp_path / "depth.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    found = re.findall(r"(plain|residual), +(\d+) layers: +([\d.]+)%", done.stdout)
    share = {(title, int(depth)): float(accuracy) for title, depth, accuracy in found}
    assert share["plain", 4] > share["plain", 20] + 10 > share["plain", 48] + 20
    assert share["residual", 4] > 90
    assert share["residual", 20] > share["plain", 20] + 20
    assert share["residual", 48] > share["plain", 48] + 50
    assert picture.read_bytes().startswith(b"\x89PNG")
