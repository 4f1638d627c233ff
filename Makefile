# Everything here works on a machine with only Python 3.11 and make. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The distribution's Python where it has one that makes environments: it is built with profiles, which pyenv's is only
# when asked, and runs all this a fifth faster. PYTHON=… takes another.
PYTHON ?= $(shell /usr/bin/python3.11 -c 'import ensurepip' 2>/dev/null && echo /usr/bin/python3.11 \
  || command -v python3.11 || command -v python3)
BIN := .venv/bin
VENV := .venv/.stamp
UV := $(BIN)/uv --quiet --system-certs
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# The image that buf reads; written last, it is the sign that the stubs are made.
PROTO := libs/api/.image.binpb
BASELINE := proto/baseline.binpb.gz
BUF := $(BIN)/buf
# The image holds the imports too; what others wrote is not ours to judge.
OURS := --exclude-path google --exclude-path buf
PYTEST := $(BIN)/python -m pytest

# A season of SCALE x 2,000 tickets on SCALE x 5,000 premises; BUS=kafka KAFKA=host:port runs it on a broker.
SCALE ?= 1
BUS ?= embedded
KAFKA ?=

.PHONY: help
help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 18

.PHONY: venv
venv: $(VENV) ## .venv with everything, versions and hashes from requirements.lock

# uv, taken from the lock first, installs the rest in seconds; pip does it in a minute where only pip is set up for a registry.
$(VENV): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	awk '/^uv==/{p=1} p{print} !/\\$$/{p=0}' requirements.lock > .venv/uv.lock
	$(PIP) install --require-hashes -r .venv/uv.lock
	$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock \
	  || $(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

.PHONY: lock
lock: ## pin anew what pyproject.toml asks for; UPGRADE=--upgrade takes newer versions
	$(UV) pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header $(UPGRADE) -o requirements.lock

# Validating takes a quarter of a minute, and would check the generator.
SBOM ?= build/sbom.json
.PHONY: sbom
sbom: $(VENV) ## every package in .venv with version, license and what needs it (CycloneDX), into build/sbom.json
	mkdir -p $(dir $(SBOM))
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --no-validate -o $(SBOM) $(BIN)/python

.PHONY: proto
proto: $(PROTO) ## stubs of proto/ into libs/api

$(PROTO): $(VENV) proto/generate.py $(shell find proto/hearthline -name '*.proto' -o -type d)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python proto/generate.py

.PHONY: proto-baseline
proto-baseline: $(PROTO) ## accept today's protos as what later ones must stay compatible with
	$(BUF) build $(PROTO) $(OURS) --config proto/buf.yaml --exclude-source-info -o $(BASELINE)

.PHONY: protos-zip
protos-zip: $(PROTO) ## the protos with all they import, for other languages, into build/hearthline-protos.zip
	$(BIN)/python proto/bundle.py build/hearthline-protos.zip

.PHONY: client
client: $(PROTO) ## the wheel hearthline-client: typed stubs and connect(), into build/client
	$(BIN)/python proto/client_wheel.py build/client

.PHONY: asyncapi
asyncapi: $(PROTO) ## the AsyncAPI 3 document of our events, into build/asyncapi.yaml
	$(BIN)/python proto/asyncapi.py build/asyncapi.yaml

.PHONY: access-table
access-table: $(PROTO) ## show proto/access.yaml in docs/security.md
	$(BIN)/python proto/access_table.py

.PHONY: lint
lint: $(PROTO) ## protos, style, types, architecture
	$(BUF) lint $(PROTO) $(OURS) --config proto/buf.yaml
	$(BUF) breaking $(PROTO) $(OURS) --config proto/buf.yaml --against $(BASELINE)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(VENV) ## put the Python code in its one style
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

.PHONY: test
test: lint ## lint, then every test; results in build/tests.xml
	@$(PYTEST) --junitxml=build/tests.xml

.PHONY: contract
contract: $(PROTO) ## the contract suites, on both event logs
	@$(PYTEST) tests/contract

.PHONY: trace-test
trace-test: $(PROTO) ## one trace through all services, every edge checked
	@$(PYTEST) -m trace

# ONLY=list,timeline measures these paths and leaves the others in build/bench.json as they are.
ONLY ?=
.PHONY: bench
bench: $(PROTO) ## ratios and rates on this machine, into build/bench.json; ONLY=list,timeline
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

# N=200 soaks: so many rounds of faults in random order on each event log. SEED=n repeats a run, ONLY=killed,reset tries
# faults with these words in their names.
N ?= 0
SEED ?= 0
.PHONY: faults
faults: $(PROTO) ## every fault while calls go on, everything checked; N=200 SEED=7; into build/faults.json
	@$(BIN)/python -m tests.faults --runs $(N) --seed $(SEED) $(if $(ONLY),--only '$(ONLY)')

# The campaign; a small one of a seed that stays is part of `make test`. It has the image's malloc, for it measures memory.
MALLOC = $(shell grep -o 'MALLOC_[A-Z_]*=[0-9]*' Dockerfile)
INPUTS = $(if $(filter-out 0,$(N)),$(N),100000)
.PHONY: fuzz
fuzz: $(PROTO) ## hostile input for every RPC and consumer; N=100000 SEED=7; into build/fuzz.json
	@$(MALLOC) $(BIN)/python -m tests.fuzz --inputs $(INPUTS) --seed $(SEED)

.PHONY: demo
demo: $(PROTO) ## a heating season of a district; SCALE=10, BUS=kafka KAFKA=host:port
	@$(BIN)/hearthline demo --scale $(SCALE) --bus $(BUS) $(if $(KAFKA),--kafka $(KAFKA))

# One image for all services. Where pip needs more than the defaults to reach packages, BUILD passes it on:
# make images BUILD='--network host'.
IMAGE ?= hearthline
TAG ?= dev
BUILD ?=
.PHONY: images
images: ## the container image, IMAGE:TAG in the local Docker engine
	docker build --tag $(IMAGE):$(TAG) --build-arg COMMIT=$$(git rev-parse --short HEAD) \
	  --build-arg BUILD_DATE=$$(date -u +%FT%TZ) $(BUILD) .
	docker run --rm --read-only --tmpfs /tmp $(IMAGE):$(TAG)
	python3 deploy/image/check.py $(IMAGE):$(TAG)

.PHONY: helm-test
helm-test: $(PROTO) ## charts and skaffold.yaml: lint, schemas, rendered resources
	@$(PYTEST) tests/helm

.PHONY: reference
reference: $(PROTO) ## tables of ports, topics, secrets and workloads in docs/operations, out of the charts
	@$(BIN)/python -m tests.helm.reference

# LOAD is the command that brings an image into the cluster's nodes; ../shared/cluster/cluster is used when it is there,
# and without either the cluster shares the images of the local Docker engine.
.PHONY: e2e
e2e: $(PROTO) ## the cluster that KUBECONFIG names: install, walk, break, upgrade; into build/e2e.json
	@$(BIN)/python -m tests.cluster --only-check
	$(MAKE) images
	@$(if $(LOAD),LOAD='$(LOAD)') $(BIN)/python -m tests.cluster --image $(IMAGE) --tag $(TAG)

.PHONY: clean
clean: ## remove what was made, but not .venv
	rm -rf build dist libs/api .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
