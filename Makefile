# Each target sets up all that it needs in .venv; only Python 3.11+ (with venv) and a package index are needed,
# and for the tests LibreOffice, Chromium and a JDK (installed where apt-get and root or sudo are there).
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: help reports test debian lab lint lock clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

reports: $(READY) ## make all reports of params/batch.yaml into reports/
	$(BIN)/partybuilding batch

test: $(READY) debian ## run the tests
	$(BIN)/python -m pytest

debian: # LibreOffice opens the form, Chromium the pages and JupyterLab, Java runs the veraPDF engine over the prints
	@missing=; command -v soffice >/dev/null || missing=libreoffice-calc-nogui; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v javac >/dev/null || missing="$$missing default-jdk-headless"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then root=; else root="sudo -n"; fi; \
	  if ! command -v apt-get >/dev/null || ! $$root true 2>/dev/null; then \
	    echo "The tests need Debian's packages: sudo apt-get install $$missing" >&2; exit 1; fi; \
	  echo "installing the Debian packages $$missing"; $$root apt-get update -qq && \
	  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

lab: $(READY) ## open JupyterLab on its start page
	$(BIN)/partybuilding lab

lint: $(READY) ## check format, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lock: ## pin every package anew (for maintainers)
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock
	rm -rf .venv-lock

clean: ## remove the environment, the caches and the generated reports
	rm -rf .venv .venv-lock .pytest_cache .mypy_cache .ruff_cache .hypothesis build lib/*.egg-info
	find reports -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
