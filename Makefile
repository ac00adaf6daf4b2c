# The one list of tasks. `make` alone prints it.
SHELL := /bin/sh
BIN := .venv/bin
export PYTHON
# Tests and tools start hundreds of processes; each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo up test lint format fuzz chaos bench lock clean

help: ## print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1|\2/' | \
	while IFS='|' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

install: ## build .venv from the lock files (PYTHON=/path/to/python3.12 chooses the Python)
	@tools/install

demo: install ## route a few hundred leads, print where they went and why, and end
	@$(BIN)/leadflow demo

up: install ## run everything until Ctrl-C: Temporal with its Web UI, the database, a worker, the Web API
	@$(BIN)/leadflow up

test: lint ## lint, then all tests
	@$(BIN)/pytest -n 2 --dist loadfile

lint: install ## style, types and the direction of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

format: install ## rewrite the code in the common style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

FUZZ := --pairs 200000
FUZZ_API := --requests 20000
FUZZ_OPENAPI := --cases 2000
fuzz: install ## 200,000 random pairs of rules and lead (FUZZ="--pairs 1000"), 20,000 requests (FUZZ_API="--seed 1")
	@$(BIN)/python -m tests.rules.fuzz $(FUZZ)
	@$(BIN)/python -m tests.leadflow.dataverse.fuzz $(FUZZ_API)
	@$(BIN)/python -m tests.leadflow.api.fuzz $(FUZZ_OPENAPI)

CHAOS := --leads 2000
chaos: install ## kill workers at random while 2,000 leads come in, on both databases (CHAOS="--leads 200 --seed 1")
	@$(BIN)/python -m tests.chaos.run $(CHAOS)

bench: install ## measure lifecycle, Web API, fairness, decision, editors' commands and back test against their floors
	@$(BIN)/python -m benchmarks.lifecycle
	@$(BIN)/python -m benchmarks.api
	@$(BIN)/python -m benchmarks.fairness
	@$(BIN)/python -m benchmarks.decision
	@$(BIN)/python -m benchmarks.editing
	@$(BIN)/python -m benchmarks.backtest

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

lock: install ## pin the dependencies again, after a change in pyproject.toml (UPGRADE=--upgrade takes newer ones)
	@$(COMPILE) $(UPGRADE) pyproject.toml --all-extras -o requirements.lock
	@$(COMPILE) $(UPGRADE) pyproject.toml -c requirements.lock -o requirements-runtime.lock
	@$(COMPILE) $(UPGRADE) --group build -o requirements-build.lock

clean: ## remove the environment, the state and every cache
	@rm -rf .venv .leadflow .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist tests/clients/node/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
