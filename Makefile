# `make run` and `make test` do all the set-up by themselves.

VENV_PYTHON := .venv/bin/python

.PHONY: help run test check fmt bench lock setup clean
.DEFAULT_GOAL := help

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

run: setup ## Open the dashboard on the embedded simulator; options in ARGS="..."
	@$(VENV_PYTHON) -m gui $(ARGS)

test: check ## Set up, check, and run every test without a display; pytest options in ARGS="..."
	@QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m pytest $(ARGS)

check: setup ## Format, lint, types, import contracts, dependencies
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(VENV_PYTHON) -m deptry .

fmt: setup ## Format the code and mend what ruff can mend
	@$(VENV_PYTHON) -m ruff check --fix .
	@$(VENV_PYTHON) -m ruff format .

bench: setup ## Measure the speed budgets
	@QT_QPA_PLATFORM=offscreen $(VENV_PYTHON) -m tests.benchmarks $(ARGS)

lock: ## Resolve requirements.lock afresh (needs uv)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --upgrade --custom-compile-command "make lock" --quiet --output-file requirements.lock

setup: ## Make .venv ready; the other targets do this by themselves
	@sh scripts/setup.sh

clean: ## Remove the environment, caches and build output
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
