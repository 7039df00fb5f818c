# Everything is installed into .venv from the hash-locked requirements; only python3.11+ (with venv) and make are assumed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo demo-week screenshots test quick bench chaos fuzz check format lock

install: .venv/installed

.venv/installed: requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Baton needs Python 3.11 or newer; name one with PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: install
	$(BIN)/baton demo $(DEMO)

demo-week: install
	$(BIN)/baton demo-week $(DEMO)

# The pictures of the pages; needs Chromium (see tests/browser/pages.py).
screenshots: install
	$(BIN)/python -m tests.browser.screenshots .github/pictures

test: install
	$(BIN)/pytest -n 3 --dist worksteal

# In under a minute: the checks, and the tests of rules and views, which need no database.
quick: check
	$(BIN)/pytest -n 3 --dist worksteal -m "not database" tests/unit

# About a quarter of an hour; BENCH="mql accept" for parts, BENCH=--quick to see that it works.
bench: install
	$(BIN)/python -m tests.bench $(BENCH)

# Twenty to thirty minutes on two cores; SEEDS="7 8" plays these again, CHAOS="--only kills" a part.
chaos: install
	$(BIN)/python -m tests.faults.chaos $(if $(SEEDS),--seeds "$(SEEDS)") $(CHAOS)

# Whatever may arrive at the door, 100,000 times; FUZZ="5000 42" sends so many, with that seed.
fuzz: install
	$(BIN)/python -m tests.faults.fuzz $(FUZZ)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Needs uv on the PATH. No index addresses: the lock must serve whichever index its user has.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra demo --extra dev pyproject.toml -o requirements-dev.txt
