# Needs make and Python 3.11 or newer with venv and pip. Everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
INSTALL := $(PY) -m pip --disable-pip-version-check --quiet install

# A virtual environment made by another Python, or in a checkout since moved or copied (it would run the old one's
# code), is made anew.
PLACE := $(VENV)/.place
HERE := $(CURDIR), $(shell $(PYTHON) --version)
ifneq ($(wildcard $(PLACE)),)
ifneq ($(shell cat $(PLACE)),$(HERE))
FRESH := --clear
$(VENV)/.installed: again
endif
endif

.PHONY: help check test figures notebooks clean again

help:
	@echo "make check      check every strategy of RFC 2180: mailrace check"
	@echo "make test       ruff, mypy, import-linter and pytest"
	@echo "make figures    make docs/figures anew, with the commands in README's gallery, and the floor plan"
	@echo "make notebooks  run every notebook from top to bottom, and keep what it shows"
	@echo "make clean      remove $(VENV) and whatever the tools left behind"
	@echo "PYTHON=...      the Python to make $(VENV) with (now: $(PYTHON))"

check: $(VENV)/.installed
	$(VENV)/bin/mailrace check

test: $(VENV)/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(PY) -m pytest --numprocesses logical --dist loadfile

figures: $(VENV)/.installed
	$(PY) docs/make_figures.py
	$(PY) docs/floor_plan.py

notebooks: $(VENV)/.installed-dev
	$(PY) notebooks/run_all.py

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("mailrace needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv $(FRESH) $(VENV)
	$(INSTALL) --editable .
	@echo "$(HERE)" > $(PLACE)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(INSTALL) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
