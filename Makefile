# Every command sets up .venv by itself; nothing else has to be installed by hand.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-peers
PEER_LISTS := benchmarks/peers.txt $(if $(PYMC),benchmarks/peers-pymc.txt)
PEERS_READY := $(PEERS)/.ready$(if $(PYMC),-pymc)
SURVIVAL_PEERS := .venv-peers-survival
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help report test check lab bench bench-clv bench-survival bench-coverage bench-accuracy bench-reports bench-backfill bench-crashes bench-scale clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

report: $(READY) ## Render every report of the settings' last complete period into reports/
	@$(BIN)/analysis render --all

test: $(READY) ## Run all tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(READY) ## Check format, lint and types, then run all tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(MAKE) --no-print-directory test

lab: $(READY) ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter lab notebooks

bench: $(READY) ## Measure speed beside the peers
	@$(BIN)/python -m benchmarks

bench-clv: $(READY) $(PEERS_READY) ## Measure the value models beside theirs (PYMC=1: pymc-marketing too)
	@$(BIN)/python -m benchmarks.clv $(OPTIONS)

bench-survival: $(READY) $(SURVIVAL_PEERS)/.ready ## Measure the survival estimators beside theirs
	@$(BIN)/python -m benchmarks.survival $(OPTIONS)

bench-coverage: $(READY) ## Count how often the intervals of the value models cover, by simulation
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.coverage $(OPTIONS)

bench-accuracy: $(READY) $(PEERS_READY) ## Score forecasts beside theirs (SETTINGS=path: of your own data)
	@$(BIN)/python -m benchmarks.accuracy --settings "$(SETTINGS)"

bench-scale: $(READY) $(PEERS_READY) ## Measure the customer summary at 1, 10 and 100 million lines (PYMC=1; OPTIONS=--spark, --reports)
	@$(BIN)/python -m benchmarks.scale $(OPTIONS)

bench-reports: $(READY) ## Make all reports of a period beside papermill and nbconvert
	@$(BIN)/python -m benchmarks.reports $(OPTIONS)

bench-backfill: $(READY) ## Kill a backfill of 100 periods again and again, and look at what is left
	@$(BIN)/python -m benchmarks.backfill $(OPTIONS)

bench-crashes: $(READY) ## Stop loading and archiving at each step: by kill -9, and by a full disk
	@ANALYSIS_EVERY_STEP=1 $(BIN)/pytest -q tests/test_interruptions.py

clean: ## Remove the environment and all caches
	rm -rf $(VENV) $(PEERS) $(SURVIVAL_PEERS) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none was found. Name one: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) (once; about two minutes) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-deps lifelines lifetimes
	@touch $(READY)

$(PEERS_READY): $(PEER_LISTS) constraints.txt | $(READY)
	@echo "Setting up $(PEERS) with the peers (once) ..."
	@$(BIN)/python -m venv $(PEERS)
	@$(PEERS)/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt $(PEER_LISTS:%=--requirement %)
	@touch $@

$(SURVIVAL_PEERS)/.ready: benchmarks/peers-survival.txt | $(READY)
	@echo "Setting up $(SURVIVAL_PEERS) with the peers (once) ..."
	@$(BIN)/python -m venv $(SURVIVAL_PEERS)
	@$(SURVIVAL_PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/peers-survival.txt
	@touch $@
