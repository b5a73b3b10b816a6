# Commands of the project. `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PINNED := requirements/product.txt requirements/test.txt
CRASH_ROUNDS ?= 200

.DEFAULT_GOAL := help
.PHONY: help install run demo test lint format bench crash clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## Make .venv with the product and its test tools (Python 3.11 or newer)

$(STAMP): $(PINNED) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: install ## Start the server with its defaults on 127.0.0.1:9000, data in ./s3trail-data
	@$(BIN)/s3trail serve

demo: install ## Play a short scenario with boto3 and print the resulting trail
	@$(BIN)/python -m s3trail.testing.demo

test: install ## Run the tests
	$(BIN)/python -m pytest $(TESTS)

lint: install ## Check style, types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Rewrite the code in its style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## Measure speed against peers; writes build/bench.json
	$(BIN)/python -m bench

crash: install ## Kill and break a server under load; CRASH_ROUNDS=200
	$(BIN)/python -m pytest tests/crash -m crash --crash-rounds=$(CRASH_ROUNDS)

clean: ## Remove the environment and what was built; keeps ./s3trail-data
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
