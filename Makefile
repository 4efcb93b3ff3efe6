# Kartlagd: every target is short; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help setup demo test bench lint check lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Set everything up; the command is then .venv/bin/kartlagd
	@scripts/setup

demo: ## Load the sample layers and serve them at http://127.0.0.1:8000 (PORT=… for another port)
	@scripts/demo

test: ## Run every check: style, types, import contracts, tests
	@scripts/setup test
	@scripts/lint
	@scripts/test

bench: ## Run what takes long: every measurement on few rows, and a walk over all real files
	@scripts/setup test
	@scripts/test -m bench

lint: ## Run the checks that need no database: style, types, import contracts
	@scripts/setup test
	@scripts/lint

check: ## Check the layer files in collections/ and the settings in config/
	@scripts/setup
	@.venv/bin/kartlagd check

lock: ## Resolve the dependencies anew into requirements.lock and requirements-test.lock
	@scripts/setup test
	@scripts/lock
