# Two commands do everything: `make run` and `make test`. The rest serves those who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test coverage mutants bench lock format clean

# Start the site on http://127.0.0.1:$(PORT), with everything it needs set up first.
run: $(VENV)/.runtime
	@exec $(BIN)/python manage.py serve

# Check everything; see tests/run.sh for the steps.
test: $(VENV)/.dev
	@exec sh tests/run.sh

# Say which lines and branches of the application no test reaches, over both databases and the
# processes that tests start. Apart from `make test`, which would take half as long again.
TESTS := pytest -q -n 2 --dist loadgroup --ignore tests/browser
coverage: $(VENV)/.dev
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m $(TESTS)
	@$(BIN)/python -m tests.with_postgres $(BIN)/coverage run -m $(TESTS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

# Put small faults into the modules that matter most, one after the other, and say which of them
# no test finds (tests/mutation). MUTANTS names one module; all of them take an hour.
mutants: $(VENV)/.dev
	@$(BIN)/python -m tests.mutation $(MUTANTS)

# Measure what the site takes and print it, on SQLite and PostgreSQL; nothing passes or fails.
# BENCH names what to measure (tests/bench/__main__.py), everything without it.
bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench $(BENCH)
	@$(BIN)/python -m tests.with_postgres $(BIN)/python -m tests.bench $(BENCH)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: PYTHON=python3.12 make run" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "The venv module is missing: apt-get install python3-venv" >&2; exit 2; }

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Installing packages …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/python
	@echo "Installing packages for the tests …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@ $(VENV)/.runtime

# Compile the dependencies of pyproject.toml, leaving out releases younger than a week: a
# release that turns out malicious is mostly found and withdrawn within days.
lock: $(VENV)/.dev
	@cutoff=$$($(BIN)/python -c 'from datetime import *; print(date.today() - timedelta(7))'); \
	common="--universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --quiet --exclude-newer $$cutoff"; \
	$(BIN)/uv pip compile pyproject.toml $$common -o requirements.txt && \
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements.txt $$common \
		-o requirements-dev.txt

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
