# Two commands for newcomers: `make run` and `make test`. `make` alone lists all.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
.DEFAULT_GOAL := help
.PHONY: help setup run test check fix bench app diagrams

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## set up only
	@$(PYTHON) bootstrap.py run

run: setup ## set up and serve (POLICIES=DIR also imports the documents in DIR)
	@$(BIN)/python -m jiangxin up --port $(PORT)

test: ## set up and test (begins with check)
	@$(PYTHON) bootstrap.py test
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest -n 2 --dist loadfile
	@$(BIN)/python -m tests.postgres $(BIN)/pytest -n 2 --dist loadfile -m "not browser" tests/core tests/apps tests/contracts tests/journeys

check: ## lint, types, import contracts, generated documents, catalogue
	@$(PYTHON) bootstrap.py test
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/lint-imports --no-cache > var/lint-imports.log || { cat var/lint-imports.log; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/python -m jiangxin makemigrations --check --dry-run -v 0
	@$(BIN)/python -m jiangxin messages --check
	@$(BIN)/python -m jiangxin document --check

fix: ## format, sort, regenerate
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format -q .
	@$(BIN)/python -m jiangxin messages
	@$(BIN)/python -m jiangxin document

diagrams: ## draw the workflows and write the other generated documents
	@$(BIN)/python -m jiangxin document

bench: setup ## benchmarks against peers and limits (NAME=parsing|indicators|…)
	@$(BIN)/python -m jiangxin bench $(NAME)

app: ## an empty app with the anatomy, placed on the ladder (NAME=noun)
	@$(BIN)/python -m jiangxin new_app $(NAME)
