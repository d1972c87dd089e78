"""The laws of the house: what every file keeps to, and that breaking a contract is noticed."""

import ast
import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import keras_tips
from keras_tips._base.discovery import discover
from keras_tips.probes import Interval, LayerStep, TrainingStep, VariableStep

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "keras_tips"
TESTS = ROOT / "tests"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path.name not in ("__init__.py", "__main__.py")]
PIECES = [
    path for room in ("doctor/rules", "probes/quantities", "tips/remedies") for path in sorted((PACKAGE / room).glob("*.py"))
]
PIECES = [path for path in PIECES if path.name != "__init__.py"]

COMPONENT_ROOMS = ("layers", "regularizers", "initializers", "schedules", "testing", "callbacks")

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def name_of(path):
    return str(path.relative_to(PACKAGE))


def public_names(path):
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets):
            return [ast.literal_eval(element) for element in getattr(node.value, "elts", [])]
    return None


def snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def functions_of(path):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_short(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions_of(path) if body_lines(f) > MOST_LINES_OF_A_FUNCTION}
    assert not long


def body_lines(function):
    """Lines of a function without its docstring: explaining at length is welcome."""
    start = function.body[0]
    documented = isinstance(start, ast.Expr) and isinstance(start.value, ast.Constant) and isinstance(start.value.value, str)
    return function.end_lineno - function.lineno + 1 - (start.end_lineno - start.lineno + 1 if documented else 0)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_file_is_called_by_its_idea_and_says_what_is_public(path):
    assert path.stem not in NO_NAMES
    assert public_names(path), "every module names in __all__ what is public"


def component_files():
    for room in COMPONENT_ROOMS:
        for name in getattr(keras_tips, room).__all__:
            module = getattr(getattr(keras_tips, room), name).__module__.removeprefix("keras_tips.")
            yield PACKAGE / f"{module.replace('.', '/')}.py"


@pytest.mark.parametrize("path", [*PIECES, *component_files()], ids=name_of)
def test_a_piece_has_its_file_to_itself_and_the_file_carries_its_name(path):
    (name,) = public_names(path)
    assert snake_case(name).replace("_", "") == path.stem.replace("_", "")


def public_components():
    for room in COMPONENT_ROOMS:
        for name in getattr(keras_tips, room).__all__:
            yield pytest.param(room, name, id=f"{room}.{name}")


@pytest.mark.parametrize("room, name", list(public_components()))
def test_every_component_has_its_test_and_a_full_docstring(room, name):
    component = getattr(getattr(keras_tips, room), name)
    # A family that differs in one number is tested as one, under the name of what its members inherit.
    homes = [each.__module__ for each in getattr(component, "__mro__", [component]) if each.__module__.startswith("keras_tips")]
    assert any((TESTS / room / f"test_{home.rsplit('.', 1)[1]}.py").exists() for home in homes)
    for section in (">>>", "Args:" if name != "examine" else "Returns", "Raises:"):
        assert section in component.__doc__, section


@pytest.mark.parametrize("name", [name for name in keras_tips.layers.__all__ if name[0].isupper()])
def test_every_layer_is_put_through_all_checks(name):
    """Directly, or as a member of a family that is tested as one."""
    tests = [path.read_text() for path in (TESTS / "layers").glob("test_*.py")]
    assert any(re.search(rf"\b{name}\b", text) and "check_layer(" in text for text in tests)


@pytest.mark.parametrize("path", PIECES, ids=name_of)
def test_every_piece_has_its_test(path):
    assert list(TESTS.rglob(f"test_{path.stem}.py")), f"write tests/**/test_{path.stem}.py"


@pytest.mark.parametrize("rule", list(discover("keras_tips.doctor.rules").values()), ids=lambda rule: rule.name)
def test_every_rule_is_a_page(rule):
    for section in ("Why", "Evidence", "Threshold", "Remedy", "False alarms", "References"):
        assert re.search(section, rule.page), section


@pytest.mark.parametrize("tip", list(discover("keras_tips.tips.remedies").values()), ids=lambda tip: tip.name)
def test_every_tip_explains_itself_and_treats_something(tip):
    assert tip.treats
    assert len(tip.explain()) > 200


@pytest.mark.parametrize("probe", list(discover("keras_tips.probes.quantities").values()), ids=lambda probe: probe.name)
def test_every_probe_says_unit_need_cost_and_meaning(probe):
    assert probe.unit
    parts = (VariableStep, LayerStep, TrainingStep, Interval)
    assert set(probe.needs) <= {field.name for part in parts for field in dataclasses.fields(part)}
    assert probe.needs
    assert probe.cost
    assert len(probe.page) > 40


def test_every_checking_function_of_the_tests_checks():
    for path in TESTS.rglob("*.py"):
        for function in functions_of(path):
            if function.name.startswith(("check_", "assert_")):
                text = ast.unparse(function)
                assert "assert" in text.split(":", 1)[1] or "pytest.raises" in text, f"{path.name}: {function.name}"


def test_two_pieces_of_one_name_are_refused(tmp_path, monkeypatch):
    folder = tmp_path / "twins"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name in ("first", "second"):
        text = f"__all__ = ['{name}']\nclass {name}:\n    name = 'same'\n"
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="'same' is taken"):
        discover("twins")


FRAMEWORKS = ("keras", "tensorflow", "jax", "torch", "keras_tuner", "numpy", "matplotlib", "pydantic", "rich", "yaml")


def modules_after(statement):
    """Which of the heavy packages a fresh interpreter has loaded after `statement`."""
    code = f"import sys; {statement}; print(*[name for name in {FRAMEWORKS!r} if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


def test_importing_the_package_imports_no_framework():
    assert modules_after("import keras_tips") == set()


@pytest.mark.parametrize(
    "statement",
    [
        "from keras_tips import diagnose, load_run",
        "from keras_tips.report import page, terminal",
        "from keras_tips import tips; [tips.get(name).explain() for name in tips.names()]",
        "from keras_tips.search import load_config, load_leaderboard",
        "from keras_tips.cli import main",
        "from keras_tips.tensorboard import plugin",
    ],
)
def test_what_reads_and_shows_imports_no_framework(statement):
    assert not modules_after(statement) & {"keras", "tensorflow", "jax", "torch", "keras_tuner"}


VIOLATIONS = {
    "a floor skipped upward": ("records/run.py", "import keras_tips.doctor"),
    "a door imported": ("callbacks/doctor.py", "import keras_tips.cli"),
    "a neighbour imported": ("report/page.py", "import keras_tips.doctor"),
    "a framework in the doctor": ("doctor/diagnose.py", "import keras"),
    "a rule that imports a rule": ("doctor/rules/overfitting.py", "import keras_tips.doctor.rules.vanishing_gradient"),
    "a probe that imports a probe": ("probes/quantities/update_ratio.py", "import keras_tips.probes.quantities.weight_norm"),
    "a library in the cellar": ("_base/files.py", "import numpy"),
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_import_contracts_catch(violation, tmp_path):
    file, line = VIOLATIONS[violation]
    shutil.copytree(PACKAGE, tmp_path / "keras_tips", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    path = tmp_path / "keras_tips" / file
    docstring, rest = path.read_text().split("\n", 1)
    path.write_text(f"{line}\n{docstring}\n{rest}")
    ended = lint_imports(tmp_path)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "BROKEN" in ended.stdout


def test_import_contracts_hold():
    ended = lint_imports(ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def lint_imports(folder):
    """Runs import-linter on the package in `folder`, which it finds there before anywhere else."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "setup.cfg", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
