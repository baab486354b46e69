# `make demo` and `make test` set up everything they need in a virtual environment.
PYTHON ?= python3
VENV ?= .venv
# A folder of your own videos for the demo; empty: generated motion clips.
VIDEOS ?=
DEMO_OUT ?= demo_out

BIN := $(abspath $(VENV))/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint clean

$(INSTALLED): setup.py constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[test]'
	touch $@

demo: $(INSTALLED)
	PATH="$(BIN):$$PATH" tools/demo.sh "$(DEMO_OUT)" "$(VIDEOS)"

test: $(INSTALLED) lint
	$(BIN)/python -m pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) $(DEMO_OUT) build dist *.egg-info
