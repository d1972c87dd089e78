"""The example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "sigmoid_initializations.py"


@pytest.mark.slow
def test_four_initializations_in_their_order(tmp_path):
    picture = tmp_path / "sigmoid.png"
    done = subprocess.run([sys.executable, EXAMPLE, picture], capture_output=True, text=True, check=True)
    found = re.findall(r"signal's variance (\S+) is left, of the gradient's square (\S+)", done.stdout)
    (normal, normal_back), (uniform, uniform_back), (glorot, glorot_back), (suited, suited_back) = [
        (float(signal), float(gradient)) for signal, gradient in found
    ]
    assert uniform < normal < 1e-20
    assert uniform_back < normal_back < 1e-20
    assert 1e-14 < glorot < 1e-11  # a factor of about 20 per layer
    assert 1e-14 < glorot_back < 1e-11
    assert 1e-6 < suited < 1e-3  # a factor of about 3
    assert 1e-6 < suited_back < 1e-3
    assert picture.read_bytes().startswith(b"\x89PNG")
