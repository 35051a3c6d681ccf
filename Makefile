.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast test-spark parity lint format docs tutorial screenshot bench bench-check clean clean-data

PYTHON ?= python3
BIN := .venv/bin

help:  ## Show what can be made.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# modules are compiled when first imported, which most never are; but where Python is told to keep nothing of that, every
# command would compile them again
NO_COMPILE := $(if $(PYTHONDONTWRITEBYTECODE),,--no-compile)
# pinned: the same versions everywhere, until constraints.txt has others
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --progress-bar on $(NO_COMPILE) \
	--constraint constraints.txt --editable

.venv/recs: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("recs needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(PIP) '.[demo]'
	@touch $@

.venv/installed: .venv/recs
	$(PIP) '.[demo,dev]'
	@touch $@

install: .venv/installed  ## Make the environment in .venv from pinned versions, with what the tests need.

# a week that is over, beside what the household then bought, and the week after it
demo: .venv/recs  ## Load real groceries, recommend for a past week and for the next one, publish, report.
	$(BIN)/recs load complete-journey
	$(BIN)/recs score --week 2017-12-25
	$(BIN)/recs show 1019
	$(BIN)/recs score
	$(BIN)/recs report
	@echo
	@echo "Ask it yourself, from any SQL client that opens a DuckDB file:"
	@echo "  $(BIN)/python -c \"import duckdb; print(duckdb.connect('recommendations.duckdb', read_only=True).sql('from recs.recommendations limit 12'))\""

# a file of tests for each core at a time, so that what its tests share is built once
PYTEST := $(BIN)/python -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder

test: .venv/docs  ## Run every test.
	$(PYTEST)

test-fast: .venv/installed  ## Run the tests that take moments.
	$(PYTEST) -m 'not slow'

test-spark: .venv/installed  ## Run the tests of Spark, which needs Java 17 or newer.
	$(BIN)/python -m pytest tests/spark

parity: .venv/installed  ## Score Complete Journey on DuckDB and on Spark, and print the tables that differ.
	$(BIN)/python -m tests.spark.parity

lint: .venv/installed  ## Check the style of Python and SQL.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	$(BIN)/sqlfluff lint --templater raw --disable-progress-bar sql

format: .venv/installed  ## Put Python and SQL into that style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	$(BIN)/sqlfluff fix --templater raw --disable-progress-bar sql

# what the site is built with, which nothing else needs
.venv/docs: .venv/installed
	$(PIP) '.[demo,dev,docs]'
	@touch $@

docs: .venv/docs  ## Build the documentation site, site/index.html, with dbt's page of every model.
	$(BIN)/dbt --quiet docs generate --static
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "Open site/index.html in a browser."

tutorial: .venv/installed  ## Run the tutorial, and renew the outputs that its pages and the README show.
	$(BIN)/python docs/excerpts.py

screenshot: .venv/installed  ## Take the README's picture of the report of what is published; needs Chromium.
	$(BIN)/recs report
	$(BIN)/python docs/screenshot.py report.html docs/report.png

# peers whose packages conflict with ours
.venv/peers/installed: .venv/installed benchmarks/peers/requirements.txt benchmarks/peers/constraints.txt
	$(BIN)/python -m venv .venv/peers
	.venv/peers/bin/pip install --quiet --disable-pip-version-check --progress-bar on \
		--constraint benchmarks/peers/constraints.txt --requirement benchmarks/peers/requirements.txt
	@touch $@

SCALE ?= hundredth
bench: .venv/peers/installed  ## Measure every step beside other tools; SCALE=full, tenth or hundredth, STEPS="load duckdb".
	$(BIN)/python -m benchmarks run --scale $(SCALE) --steps "$(STEPS)"

bench-check: .venv/installed  ## Measure beside implicit; fail where a figure of BENCHMARKS.md is exceeded by more than 20%.
	$(BIN)/python -m benchmarks check --scale $(SCALE)

clean:  ## Remove the environment and what dbt and the documentation leave; databases stay.
	rm -rf .venv target logs site *.egg-info

DATA := warehouse.duckdb warehouse.duckdb.wal warehouse.duckdb.tmp recommendations.duckdb recommendations.versions
clean-data:  ## Remove the work database and the published file with its versions, after asking.
	@ls -d $(DATA) 2>/dev/null || true
	@echo "The loaded data, the shop's rules, learned blends and published lists in these files will be gone."
	@printf "Type yes to remove them: "; read answer; test "$$answer" = yes
	rm -rf $(DATA)
