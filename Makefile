# One way to run each thing. `make` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SERVE ?= 1
PYTEST := $(BIN)/python -m pytest
# pyspark is 430 MB and of no use without Java
EXTRAS := --all-extras $(if $(shell command -v java),,--no-extra spark)

.DEFAULT_GOAL := help
.PHONY: help demo up down test lint docs screenshots eval bench bars chaos scale-test audit references release-check lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(READY): uv.lock requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "installing the locked environment into $(VENV)"
	@if $(BIN)/python -m pip install -q --disable-pip-version-check uv 2>/dev/null; then \
	  $(BIN)/python -m uv sync --quiet --frozen $(EXTRAS); \
	else \
	  $(BIN)/python -m pip install -q --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install -q --no-deps -e .; \
	fi
	@touch $@

demo: $(READY) ## run the sample through the real DAGs, print what was found, serve the dashboard
	@$(BIN)/detente demo $(if $(filter 0,$(SERVE)),--no-serve,)

up: $(READY) ## Airflow (standalone, DAGs unpaused) and the dashboard; Ctrl-C or `make down` stops both
	@$(BIN)/detente up

down: $(READY) ## stop what `make up` started
	@$(BIN)/detente down

test: $(READY) ## lint, types, every deterministic test (no network; browser tests where chromium is)
	@scripts/system-packages
	@$(MAKE) --no-print-directory lint
	$(if $(CI),DETENTE_REQUIRE_BROWSER=1) $(PYTEST) -n 2 --dist loadgroup -m "not bars" -q

lint: $(READY) ## ruff, mypy --strict, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python scripts/lint_sql.py

eval: $(READY) ## score the coder on its gold sets, in full, and the annotators against each other
	@$(BIN)/detente eval --full
	@$(BIN)/python tests/eval/agreement.py

bench: $(READY) ## every benchmark at a small size
	@$(BIN)/python benchmarks/bars.py --quick

bars: $(READY) ## the full bars, resumable; results in benchmarks/results/ (hours)
	@$(BIN)/python benchmarks/bars.py

chaos: $(READY) ## kills, full disks, torn files, done to a real home (minutes)
	@DETENTE_CHAOS=full $(PYTEST) tests/chaos -q -rA

scale-test: $(READY) ## the same marts on DuckDB, DuckLake and Spark, row by row, with kills (EVENTS=20000)
	@$(BIN)/python scripts/scale_test.py --events $(or $(EVENTS),20000)

docs: $(READY) ## dbt docs and the documentation site, offline, into site/
	@$(BIN)/detente docs --out site

references: $(READY) ## the reference pages that follow from code (commands, settings, DAGs, tables)
	@$(BIN)/python scripts/references.py

screenshots: $(READY) ## pictures for README and docs, from the demo warehouse in a real browser
	@$(BIN)/python scripts/screenshots.py

audit: $(READY) ## ask PyPI's advisories about the locked packages (network)
	@$(BIN)/python -m uv tool run --quiet pip-audit --require-hashes --strict -r requirements.lock

release-check: $(READY) ## versions, changelog, lock, wheel; installed elsewhere it reads a text
	@$(BIN)/python scripts/release_check.py

lock: ## resolve dependencies anew
	@$(BIN)/python -m uv lock
	@$(BIN)/python -m uv export --quiet --frozen --all-extras --no-extra spark --no-emit-project -o requirements.lock

clean: ## remove what is derived (not the data, not the environment)
	@rm -rf site dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache
