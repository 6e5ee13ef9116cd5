# Targets for people who do not want to know about virtual environments. Python 3.11+, pip and make are enough.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: session test check format soak bench clean

session: $(VENV)/installed
	@$(BIN)/audio-builder build

$(VENV)/bare:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "audio-builder needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 session")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/bare pyproject.toml constraints.txt
	@echo "Installing audio-builder with its voice and ffmpeg into $(VENV) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev: $(VENV)/installed
	@echo "Installing what the tests need ..."
	@$(PIP) --editable '.[dev,piper]'
	@touch $@
