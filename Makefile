# `make demo` and `make test` set up everything they need in a virtual environment.
PYTHON ?= python3
VENV ?= .venv
# Options of tools/benchmarks/run_all.py, for example `--only decode_pair --clips FOLDER`.
BENCH ?=
# A folder of your own videos, for the demo (empty: generated motion clips) and for the search.
VIDEOS ?=
DEMO_OUT ?= demo_out
SEARCH_OUT ?= search_out
# Studies of tools/evidence/studies, one or several; docs/evidence/README.md lists them.
STUDIES ?= motion

BIN := $(abspath $(VENV))/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo search no-videos test test-fast test-gpu lint docs coverage bench bench-gpu evidence weights clean

$(INSTALLED): setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	touch $@

demo: $(INSTALLED)
	PATH="$(BIN):$$PATH" tools/demo.sh "$(DEMO_OUT)" "$(VIDEOS)"

# Which videos of a folder move alike, by the network that comes with the package. The last line is
# the path of a page.
search: $(if $(VIDEOS),$(INSTALLED),no-videos)
	mkdir -p "$(SEARCH_OUT)"
	$(BIN)/python tools/search.py index "$(VIDEOS)" --index "$(SEARCH_OUT)/embeddings.safetensors"
	$(BIN)/python tools/search.py page "$(SEARCH_OUT)/neighbours.html" --index "$(SEARCH_OUT)/embeddings.safetensors"

no-videos:
	@echo 'usage: make search VIDEOS=FOLDER' >&2; exit 2

# Two processes, each with whole files: fixtures of a module are made once. They take the files in
# the order of tests/conftest.py.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

test: $(INSTALLED) lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PARALLEL)

# The unit tests, under a minute on two cores.
test-fast: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PARALLEL) -m 'not slow'

# What needs a GPU; on other machines, all of it is skipped, with the reason.
test-gpu: $(INSTALLED)
	$(BIN)/python -m pytest -m gpu -rs

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site, in docs/_build/html. Warnings are errors.
docs: $(INSTALLED)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	$(BIN)/sphinx-build -W --keep-going -q -c docs . docs/_build/html

# Lines and branches of the package that the whole suite runs; pages in htmlcov.
coverage: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term:skip-covered --cov-report=html

# About a quarter of an hour on two cores; the result is a page in docs/benchmarks.
bench: $(INSTALLED)
	$(BIN)/python tools/benchmarks/run_all.py $(BENCH)

# Clips a second, use of the GPU, memory and the share of the bare backbone's speed.
bench-gpu: $(INSTALLED)
	$(BIN)/python tools/benchmarks/run_all.py --only gpu_training $(BENCH)

# An hour or two a study on two cores; a call that was stopped goes on where it was. The result is
# docs/evidence.
evidence: $(INSTALLED)
	$(BIN)/python tools/evidence/run.py $(STUDIES)

# Hours on two cores: the networks that come with the package, from nothing; goes on where it was.
weights: $(INSTALLED)
	$(BIN)/python tools/convert/make_weights.py

clean:
	rm -rf $(VENV) $(DEMO_OUT) $(SEARCH_OUT) build dist *.egg-info docs/_build docs/api htmlcov
