# make demo, make test, make serve. Needs Python 3.11 or newer and make; all else goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
DEMO_OUT ?= ./demo-out
DATA ?=
# The first that is new enough.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo check test serve proto clients settings constraints clean help

help:
	@echo "make demo [DATA=FOLDER] [DEMO_OUT=FOLDER]  labels a pool through a server and draws the curve"
	@echo "make check                                 format, types, contracts, and tests without TensorFlow, Ray or a server"
	@echo "make test                                  checks and tests everything"
	@echo "make serve                                 a server on this machine"
	@echo "make proto                                 generates the code of the protos again"
	@echo "make clients                               generates the asynchronous client again"
	@echo "make settings                              writes the table of docs/settings.md again"
	@echo "make constraints                           pins today's packages in constraints.txt"
	@echo "make clean                                 removes .venv, caches and the demo's results"

demo: $(VENV)/.ready-to-run
	$(BIN)/vicinal demo --out "$(DEMO_OUT)" $(if $(DATA),--data "$(DATA)")

serve: $(VENV)/.ready-to-run
	$(BIN)/vicinal serve

# One process per processor, four at most: each may load TensorFlow. The tests of a file stay together, because they
# share servers and models.
# Compiled tests are kept, whatever the environment says: to rewrite their assertions takes longer than to import them.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

# What needs neither TensorFlow nor Ray nor a server, less the tests that take long.
FAST_TESTS := $(addprefix tests/unit/,client core data duplicates index pools server storage) \
	$(addprefix tests/contract/test_,folders.py neighbourhoods.py store.py tables.py votes.py)

check: $(VENV)/.ready-to-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(PYTEST) -q --hypothesis-profile=quick -m "not slow" $(FAST_TESTS)

test: $(VENV)/.ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/generate_proto.py --check
	$(BIN)/python tools/generate_async_client.py --check
	$(BIN)/python tools/settings_table.py --check
	$(BIN)/python tools/layers_picture.py --check
	$(PYTEST)

proto: $(VENV)/.ready-to-test
	$(BIN)/python tools/generate_proto.py

clients: $(VENV)/.ready-to-test
	$(BIN)/python tools/generate_async_client.py

settings: $(VENV)/.ready-to-test
	$(BIN)/python tools/settings_table.py

constraints:
	sh tools/pin.sh "$(PYTHON)" > constraints.new
	mv constraints.new constraints.txt

# Made again by each rule that installs; a second run finds it and installs nothing.
$(VENV)/.ready-to-run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Vicinal and what it needs into $(VENV) (a minute or more, once)"
	$(PIP_INSTALL) --editable ".[service,featurizers,evaluation]"
	@touch $@

$(VENV)/.ready-to-check: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Vicinal and what its fast checks need into $(VENV) (a minute or more, once)"
	$(PIP_INSTALL) --editable ".[check]"
	@touch $@

$(VENV)/.ready-to-test: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Vicinal and its tools into $(VENV) (a minute or more, once)"
	$(PIP_INSTALL) --editable ".[dev]"
	@touch $@ $(VENV)/.ready-to-run $(VENV)/.ready-to-check

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "Vicinal needs Python 3.11 or newer, and none is on the PATH."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is too old: Vicinal needs Python 3.11 or newer. Name another: make PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; \
		exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

clean:
	rm -rf $(VENV) build dist "$(DEMO_OUT)" .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
