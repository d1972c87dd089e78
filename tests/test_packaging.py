"""The wheel and the sdist hold what a user needs, and the wheel works without the checkout."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEEDED = (
    "keras_tips/__init__.pyi",
    "keras_tips/py.typed",
    "keras_tips/cli/digits_quick.yaml",
    "keras_tips/doctor/rules/overfitting.py",
    "keras_tips/tips/remedies/relu.py",
    "keras_tips/tensorboard/static/index.js",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Builds both from a copy of what is tracked or would be: the build writes into the folder it builds."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("needs a git checkout to know which files belong to the project")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    return out


def test_wheel_holds_what_is_needed_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert not set(NEEDED) - set(names)
    assert {name.split("/")[0] for name in names} == {"keras_tips", wheel.name.split("-py3")[0] + ".dist-info"}


def test_wheel_announces_its_doors(built):
    (wheel,) = built.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    points = archive.read(name).decode()
    assert "keras-tips = keras_tips.cli.main:main" in points
    assert "keras_tips = keras_tips.tensorboard.plugin:TipsLoader" in points


def test_sdist_holds_what_is_needed(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert not {*NEEDED, "setup.cfg", "pyproject.toml", "LICENSE", "README.md"} - names


def test_wheel_works_without_the_checkout(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import keras_tips; print(keras_tips.__file__); from keras_tips.cli.main import status_of; status_of(['explain'])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment, check=True
    )
    assert ended.stdout.startswith(str(tmp_path))
    assert "vanishing_gradient" in ended.stdout
