# Every target does all its own set-up, in .venv, and does nothing twice. CI runs: check, test, demo.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
JOBS ?= 2

.PHONY: demo test check bench keras-tests package clean

demo: .venv/installed
	$(BIN)/keras-tips demo --out demo

# Everything runs on TensorFlow; what must hold on every backend also on JAX and PyTorch.
test: .venv/installed-dev
	KERAS_BACKEND=tensorflow $(BIN)/python -m pytest -n $(JOBS)
	KERAS_BACKEND=jax $(BIN)/python -m pytest -n $(JOBS) -m backend
	KERAS_BACKEND=torch $(BIN)/python -m pytest -n $(JOBS) -m backend

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-dev
	$(BIN)/python tests/benchmarks/bench_import.py
	for backend in tensorflow jax torch; do \
	  for bench in overhead layers local_response_normalization whitening augmentation; do \
	    KERAS_BACKEND=$$backend $(BIN)/python tests/benchmarks/bench_$$bench.py || exit 1; \
	  done; \
	done
	$(BIN)/python tests/benchmarks/bench_doctor.py --jobs $(JOBS)
	$(BIN)/python tests/benchmarks/bench_doctor.py --jobs $(JOBS) --inject --programs-per-fault 2

# Keras's own tests that call `fit`, with monitors attached to every `fit`. Left out is what needs packages that are not here,
# and a strategy with several replicas, which monitors refuse. PyTorch's tests with jit compile for minutes.
KERAS_SRC = $$($(BIN)/python -c "import importlib.util as u; print(u.find_spec('keras').submodule_search_locations[0])")/src
keras-tests: .venv/installed-dev
	for backend in tensorflow jax torch; do \
	  KERAS_BACKEND=$$backend PYTHONPATH=tests/callbacks $(BIN)/python -m pytest -n $(JOBS) -q -p attached_monitors -p no:randomly \
	    -p no:cacheprovider -c /dev/null --rootdir . -k "not grain and not Orbax and not tf_distribute" \
	    --ignore $(KERAS_SRC)/callbacks/remote_monitor_test.py \
	    $(KERAS_SRC)/callbacks $(KERAS_SRC)/trainers/trainer_test.py $(KERAS_SRC)/optimizers || exit 1; \
	done

# Builds wheel and sdist, and runs the tests against what is in the wheel instead of the checkout.
package: .venv/installed-dev
	rm -rf build dist
	$(BIN)/python -m build --no-isolation
	$(PIP) --no-deps --target build/installed dist/*.whl
	cd tests && PYTHONPATH=../build/installed ../$(BIN)/python -m pytest -n $(JOBS) -c ../setup.cfg .

.venv/python:
	$(PYTHON) -m venv .venv
	touch $@

.venv/installed: .venv/python setup.cfg pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(PIP) --editable .[dev,jax,torch]
	touch $@

clean:
	rm -rf .venv build dist demo *.egg-info
