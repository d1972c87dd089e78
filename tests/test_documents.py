"""What the documents show works: docstring examples, the README's code, links and commands."""

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from keras_tips.cli.main import status_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "keras_tips"
EXAMPLES = sorted(path for path in PACKAGE.rglob("*.py") if re.search(r"^ *>>> ", path.read_text(), re.MULTILINE))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def module_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def examples_of(path):
    """Every docstring with examples, also those of functions that a decorator turned into something else."""
    names = vars(importlib.import_module(module_of(path)))
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            name, text = getattr(node, "name", "module"), ast.get_docstring(node) or ""
            if ">>> " in text:
                yield doctest.DocTestParser().get_doctest(text, dict(names), name, str(path), node.body[0].lineno)


@pytest.mark.parametrize("path", EXAMPLES, ids=module_of)
@pytest.mark.filterwarnings("ignore:.*softmax over axis -1 of a tensor of shape:UserWarning")
def test_docstring_examples(path, monkeypatch):
    monkeypatch.chdir(ROOT)  # some name files of the checkout
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    examples = list(examples_of(path))
    for example in examples:
        runner.run(example)
    assert examples
    assert not runner.failures


def test_readme_code_gives_the_diagnosis_that_stands_below_it():
    text = (ROOT / "README.md").read_text()
    code, shown = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL).groups()
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = ended.stdout[ended.stdout.index("2 serious findings") :]
    assert told.splitlines()[0] == shown.splitlines()[0]
    assert "1. vanishing_gradient (critical" in told
    assert "try first: batch_normalization" in told


def test_readme_begins_with_the_two_commands_and_a_picture():
    lines = (ROOT / "README.md").read_text().splitlines()[:60]
    assert "make demo" in lines
    assert "make test" in lines
    assert any(line.startswith("![") for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_command_is_in_the_readme(capsys):
    status_of(["--help"])
    commands = re.findall(r"^  ([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert len(commands) >= 7
    text = (ROOT / "README.md").read_text()
    assert [command for command in commands if f"`keras-tips {command}" not in text] == []
