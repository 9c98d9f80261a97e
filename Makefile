# Every target works as the first command typed in a fresh clone: .venv is made when it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := deploy/requirements.lock
# all but what training alone needs
EXTRAS := --extra connectors --extra streams --extra deploy --extra embedded --extra train --extra dev
# the part of the lock that an image carries, or that training adds
PART := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c $(LOCK) \
	-o deploy/
KAFKA_TESTS ?=
TEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-kafka chaos soak bench lint format train lock sbom audit docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(STAMP) ## make .venv with the vigie command, from the lock file with hashes

$(STAMP): $(LOCK) pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Vigie needs Python 3.11, 3.12 or 3.13; $(PYTHON) is another. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## three days of an invented insurer, live; Ctrl-C stops it
	@$(BIN)/vigie demo

test: setup ## unit, property and contract tests, then the whole path on the embedded stack
	$(BIN)/python -m pytest -q -n $(TEST_WORKERS) tests/unit tests/property tests/contract
	$(BIN)/python -m pytest -q -n $(TEST_WORKERS) --dist loadgroup -m "not twin" tests/integration --ignore=tests/integration/kafka

test-kafka: setup ## the whole path on Apache Kafka, one broker; needs Java 17 and Maven, downloads 43 MB once
	$(BIN)/python -m pytest -q tests/integration/kafka -k "$(KAFKA_TESTS)"

chaos: setup ## faults on three brokers under load, and what was lost; about twenty minutes; CHAOS_SEED, CHAOS_FAULTS
	$(BIN)/python -m tests.chaos

soak: setup ## half an hour at 70 % load on Apache Kafka: memory and lag must stay flat; SOAK_MINUTES, SOAK_RATE
	$(BIN)/python -m tests.soak

bench: setup ## measure the whole path against bare nlp.pipe; writes bench.json
	$(BIN)/python -m tests.bench

lint: setup ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup ## rewrite files to the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: setup ## fit the language models anew from the corpora in VIGIE_DATA; needs the system packages of apertium that it names
	@test -n "$(VIGIE_DATA)" || { echo "Name the folder of the corpora: make train VIGIE_DATA=…"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-deps -r deploy/train.lock
	OMP_NUM_THREADS=1 $(BIN)/python -W ignore -m streams.models.train $(VIGIE_DATA)

lock: setup ## resolve the dependencies anew, for every supported Python
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml $(EXTRAS) --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --upgrade -o $(LOCK)
	$(BIN)/uv pip compile pyproject.toml --extra connectors --extra streams --extra deploy $(PART)images/vigie.lock
	$(BIN)/uv pip compile pyproject.toml --extra connectors --extra deploy $(PART)images/connectors.lock
	echo hatchling | $(BIN)/uv pip compile - $(PART)images/build.lock
	$(BIN)/uv pip compile pyproject.toml --extra encoder $(PART)train.lock

sbom: setup ## write sbom.json (CycloneDX): every dependency of the lock file with version and hashes
	$(PYTHON) -m venv $(VENV)/sbom
	$(VENV)/sbom/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
	$(VENV)/sbom/bin/cyclonedx-py requirements $(LOCK) --pyproject pyproject.toml --output-reproducible -o sbom.json

audit: ## look the dependencies of the lock file up in the database of known holes; needs the internet
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	$(VENV)-audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $(LOCK)

docs: setup ## rewrite the generated tables of the README files, and the exported boards
	$(BIN)/python -m deploy.docs README.md connectors/README.md deploy/clickhouse/README.md
	$(BIN)/python -m deploy.grafana.exported
	$(BIN)/python -m deploy.grafana.files

clean: ## remove what was made here, but not .vigie: in it is the data of `vigie up`
	rm -rf $(VENV) $(VENV)-audit .mypy_cache .ruff_cache .pytest_cache .hypothesis .vigie/demo sbom.json
