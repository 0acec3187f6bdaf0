# Every target works from nothing: it needs Python 3.11 or newer and make, and installs the rest
# into .venv. PYTHON=/path/to/python chooses the interpreter.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11 python,$(shell command -v $(name) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Files whole, so that what they share is started once; in the order that tests/conftest.py gives.
WORKERS := --numprocesses auto --dist loadfile --no-loadscope-reorder
LOWEST := tests/amqp tests/client tests/control/test_control_hub.py tests/dispatcher tests/hub/test_hub_exchange.py tests/messages/json \
	tests/pki/test_pki_handshakes.py tests/test_routing.py tests/testing
# Whoever changes the tables changes what all others take: they are tried on a Hub of their own.
TABLES := ^/api/v1/(clients|routing|vhosts)
SCHEMATHESIS := --phases fuzzing --max-examples 3 --seed 1 --exclude-path /api/v1/messages/stream

.DEFAULT_GOAL := help
.PHONY: help up demo test coverage lowest api lint bench docs bundle clean

help: ## what you can do here
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo '  ARGS="..." hands further options on, such as: make up ARGS="--port 0 --phase dual"'

up: $(VENV)/.installed ## start the Hub here, until Ctrl-C
	@exec $(BIN)/hubemu up $(ARGS)

demo: $(VENV)/.installed ## one complete exchange on a Hub of its own, told step by step
	@$(BIN)/hubemu demo $(ARGS)

test: $(VENV)/.test ## the whole test suite
	@$(BIN)/python -m pytest $(WORKERS) $(ARGS)

coverage: $(VENV)/.test ## branches of protocol and dispatcher that their unit tests do not take
	@$(BIN)/python -m pytest $(WORKERS) --cov --cov-report=term-missing \
		tests/broker/protocol tests/broker/wire tests/dispatcher $(ARGS)

lowest: $(VENV)/bin/python ## the oldest packages that pyproject.toml allows, tried on what they are used for
	@$(PYTHON) -m venv --clear $(VENV)-lowest
	@$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)-lowest/bin/uv pip install --quiet --python $(VENV)-lowest --resolution lowest-direct --editable '.[test]'
	@$(VENV)-lowest/bin/python -m pytest $(WORKERS) $(LOWEST) $(ARGS)

api: $(VENV)/.installed ## the control API of a Hub tried against its own description, by schemathesis
	@$(PYTHON) -m venv $(VENV)-api
	@$(VENV)-api/bin/python -m pip install --quiet --disable-pip-version-check 'schemathesis>=4.32'
	@for tables in exclude include; do $(BIN)/hubemu run -- sh -c '$(VENV)-api/bin/schemathesis run \
		"$$HUBEMU_HTTP/api/v1/openapi.json" --'$$tables'-path-regex "$(TABLES)" \
		--checks all --continue-on-failure --generation-database none $(SCHEMATHESIS) $(ARGS)' || exit; done

lint: $(VENV)/.dev ## style, types and the floors' import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.test ## throughput of a Hub on this machine
	@$(BIN)/python benchmarks/hub.py $(ARGS)

docs: $(VENV)/.docs ## the documentation as a site in build/site; warnings are errors
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet $(ARGS)

bundle: $(VENV)/.test ## an archive to install from without a way to the outside
	@$(BIN)/python bundle/make_bundle.py $(ARGS)

clean: ## remove what these targets installed
	@rm -rf $(VENV) $(VENV)-lowest $(VENV)-api

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python found: install Python 3.11 or newer, or say PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: hubemu needs Python 3.11 or newer; say PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python cannot make a virtual environment: install its venv module (Debian: python3-venv)" >&2; exit 2; }

define install
	@echo "Installing hubemu into $(VENV) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '$(1)'
	@touch $@
endef

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(call install,.)

$(VENV)/.test: $(VENV)/bin/python pyproject.toml
	$(call install,.[test])
	@touch $(VENV)/.installed

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml
	$(call install,.[docs])
	@touch $(VENV)/.installed

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	$(call install,.[dev])
	@touch $(VENV)/.installed $(VENV)/.test
