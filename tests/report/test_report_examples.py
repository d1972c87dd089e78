import doctest
import importlib
import pkgutil

import pytest

import keras_tips.report

MODULES = [module.name for module in pkgutil.iter_modules(keras_tips.report.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_do_what_they_say(name):
    module = importlib.import_module(f"keras_tips.report.{name}")
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


def test_public_names_are_served():
    for name in keras_tips.report.__all__:
        assert callable(getattr(keras_tips.report, name)), name
