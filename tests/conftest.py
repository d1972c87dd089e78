"""What all tests share: quiet frameworks, and one browser."""

import os
import sys
import tempfile

import pytest
from chromium import Chromium, find_chromium
from hypothesis import settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

# Each test compiles networks anew, and many are alike. A folder for each process: JAX's files are not written in one stroke.
if os.environ.get("KERAS_BACKEND") == "jax":
    compiled = tempfile.TemporaryDirectory(prefix="compiled", ignore_cleanup_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

# The same code passes the same tests each time; `--hypothesis-profile=default` draws new examples.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(autouse=True)
def _settings_of_keras():
    """Puts back what Keras's own test cases, which some tests run, switch for the whole program."""
    keras = sys.modules.get("keras")  # tests that need no framework stay without
    filtering = keras is None or keras.config.is_traceback_filtering_enabled()
    yield
    keras = sys.modules.get("keras")
    if keras is not None and keras.config.is_traceback_filtering_enabled() != filtering:
        (keras.config.enable_traceback_filtering if filtering else keras.config.disable_traceback_filtering)()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if find_chromium() is None:
        pytest.skip("no Chromium is installed")
    chromium = Chromium(tmp_path_factory.mktemp("chromium"))
    yield chromium
    chromium.close()
