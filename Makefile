# The door: `make run` shows what the project does, `make test` checks all of it.
# Needs Python 3.11 or later with pip; everything else goes into .venv, once. Nothing needs root.

PYTHON ?= python3
# The traffic that `run` and `report` judge, JSON Lines: make run TRACES=mine.jsonl
TRACES = tests/data/recorded/real-clients.jsonl
# The clients that `run` and `stand` put on the stand, and more for it: make stand STAND_ARGS="--only 'hang-*'"
STAND_CLIENTS = azure-cosmos-sync azure-cosmos-aio azure-cosmos-js
STAND_ARGS =
# `run` puts them through a spread of the scenarios, every fault among them, `stand` through all: make run STAND=all
SPREAD = '*-read-?w-2r' '*-query-?w-2r' '*-create-?w-2r' '*-patch-sw-2r' '*-applied-*-sw-2r-x1'
WHICH = $(if $(filter quick,$(STAND)),a third of the scenarios in about a minute; all of them: make stand,all scenarios)
# More for pytest: make test PYTEST_ARGS='-k render'
PYTEST_ARGS =

# More for the proof: make check CHECK_ARGS='--lifecycle write --regions 2'
CHECK_ARGS =

# Paths are relative, so the checkout may lie in a folder with spaces in its name.
IN = .venv/bin
STAMP = .venv/.set-up

.PHONY: help run stand test thorough check spin mutate bench setup lint types diagrams check-diagrams report clauses wheel clean

help: ## list the targets (the default)
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

run: $(STAMP) ## draw the diagrams, judge recorded traffic, put real clients on the stand, report on both
	@$(IN)/cosmos-retry diagrams --out build/diagrams
	@# Exit status 1 says that a client broke the contract: a finding, no failure.
	@$(IN)/cosmos-retry judge "$(TRACES)" || [ $$? -eq 1 ]
	@$(IN)/cosmos-retry report "$(TRACES)" --out build/report
	@$(MAKE) --no-print-directory stand STAND=$(or $(STAND),quick)
	@echo "Report on recorded traffic: build/report/index.html (the same as text: build/report/report.md)"
	@echo "Diagrams: build/diagrams"

stand: $(STAMP) ## put real clients through every fault, and report; started again, it goes on
	@echo "Putting real clients on the stand: $(WHICH) (what is recorded is not run again)"
	@# 1: a client failed to perform a scenario; 3: one cannot be had here. The report says so, and has the rest.
	@$(IN)/cosmos-retry stand $(STAND_CLIENTS:%=--client %) --out build/stand $(STAND_ARGS) \
	  $(if $(filter quick,$(STAND)),$(SPREAD:%=--only %)) \
	|| case $$? in 1|3) ;; *) exit 1 ;; esac
	@# 2: a line was no record; it was named, and the rest is reported.
	@$(IN)/cosmos-retry stand-report build/stand --out build/stand-report || [ $$? -eq 2 ]
	@echo "Report on the stand: build/stand-report/index.html (beside it, of each client: Markdown, JSON, JUnit XML)"

test: lint types ## lint, check the types, run the tests
	$(IN)/python -m pytest -n auto -m "not thorough" $(PYTEST_ARGS)

thorough: $(STAMP) ## run the tests that `test` leaves out because they take long
	$(IN)/python -m pytest -n auto -m thorough $(PYTEST_ARGS)

check: $(STAMP) ## explore every run of every configuration, and hold the promises against it
	@mkdir -p build
	$(IN)/cosmos-retry check --out build/broken.jsonl $(CHECK_ARGS)
	$(IN)/cosmos-retry worst --markdown build/amplification.md
	@cmp build/amplification.md diagrams/amplification.md \
	|| { echo "diagrams/amplification.md is not what the contract comes to: make diagrams" >&2; exit 1; }

spin: $(STAMP) ## have Spin explore the same lifecycles, and compare (needs spin and gcc)
	$(IN)/python -m cosmos_retry.promela

mutate: $(STAMP) ## break the contract in every small way, and show what notices (half an hour)
	@mkdir -p build
	$(IN)/cosmos-retry mutate --jobs 2 --markdown build/mutants.md

bench: $(STAMP) ## measure the explorer against Spin, and a decision against a trigger
	$(IN)/python benchmarks/bench.py

setup: $(STAMP) ## make .venv and install the project into it, with what it needs

lint: $(STAMP) ## check the code's style and format
	$(IN)/ruff check .
	$(IN)/ruff format --check .

types: $(STAMP) ## check the types
	$(IN)/mypy

diagrams: $(STAMP) ## draw the diagrams that are kept in diagrams/ anew
	$(IN)/cosmos-retry diagrams --out diagrams
	$(IN)/cosmos-retry worst --markdown diagrams/amplification.md

check-diagrams: $(STAMP) ## fail where diagrams/ is not what the contract draws
	$(IN)/cosmos-retry diagrams --check

report: $(STAMP) ## write the report on the recorded traffic to build/report
	$(IN)/cosmos-retry report "$(TRACES)" --out build/report

clauses: $(STAMP) ## list the clauses of the documents and what became of each
	$(IN)/cosmos-retry clauses

wheel: $(STAMP) ## build the wheel and the source distribution into dist
	$(IN)/python -m hatchling build

clean: ## remove what was built, but keep .venv
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find machines tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Three ways to a virtual environment, because Debian splits off a part of Python that the first one needs:
# venv; virtualenv; venv without pip, which is then put there by the pip that came with Python.
$(STAMP): pyproject.toml
	@"$(PYTHON)" -c '' 2>/dev/null || { \
	  echo "setup: cannot run $(PYTHON): install Python 3.11 or later, or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "setup: $(PYTHON) is older than Python 3.11: name a later one: make PYTHON=/path/to/python3" >&2; \
	  exit 1; }
	@echo "Setting up .venv, once (packages come from the network)"
	@$(IN)/python -m pip --version >/dev/null 2>&1 \
	|| "$(PYTHON)" -m venv --clear .venv >/dev/null 2>&1 \
	|| "$(PYTHON)" -m virtualenv --clear .venv >/dev/null 2>&1 \
	|| { "$(PYTHON)" -m venv --clear --without-pip .venv \
	  && "$(PYTHON)" -m pip --python .venv/bin/python install -qq pip; } >/dev/null 2>&1 \
	|| { rm -rf .venv; \
	  echo "setup: $(PYTHON) makes no virtual environment: install python3-venv (Debian, Ubuntu), or without root:" \
	    "$(PYTHON) -m pip install --user virtualenv" >&2; \
	  exit 1; }
	@$(IN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $@
