# Each target sets up what it needs on a machine that has only make and Python 3.11 or later: uv comes from PyPI into
# .venv, and everything else from uv.lock. The embedded engine and the SAM CLI pin botocores of their own, so each has
# an environment of its own. A stamp in each environment makes the next run quick.
.DEFAULT_GOAL := help
.PHONY: help run console console-dev test test-long mutants lint build bench deploy openapi requirements calling-tables clean

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c '$(SUPPORTED)' >/dev/null 2>&1 && { command -v "$$p"; break; }; done)

UV := $(CURDIR)/.venv/bin/uv
DEV := .venv/.dev
ENGINE := .venv-engine/.engine
SAM := .venv-sam/.sam
TABLES := .venv-tables/.tables
DYNAMODB := .venv-dynamodb/.dynamodb
FUZZ := .venv-fuzz/.fuzz
BROWSER := .venv-browser/.browser
WEB := .venv-web/.web
LOCK := uv.lock pyproject.toml cli/pyproject.toml layers/routing/pyproject.toml

# The interpreter at hand is the one that is used; linting and building need neither credentials nor a network call.
unexport VIRTUAL_ENV
MAKEFLAGS += --no-print-directory
export UV
export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
# For extra arguments: make test ARGS="-k pull"
ARGS ?=
# The per cent of lines and branches that the tests have to run; empty for some of the tests.
COVERAGE ?= 90

help:
	@echo "make run     the product on this machine: the example company and its leads, then an API to try"
	@echo "             (COMPANY=company.yaml, LEADS=leads.csv for your own)"
	@echo "make test    every test, with coverage        make lint    every static check"
	@echo "make test-long  the stateful models on random seeds, the races on DynamoDB Local, a fuzzer: before a release"
	@echo "make console the screens, which make run and make test build too (make console-dev: as they are edited)"
	@echo "make bench   what it costs, how it grows      make build   the deployable artifact, without Docker"
	@echo "make mutants each rule and condition broken in a copy, and the test that notices"
	@echo "make deploy  build, sam deploy, the console (CONFIG=dev or CONFIG=prod; ARGS=\"AlarmEmail=you@example.com\")"

run: $(DEV) $(ENGINE)
	@$(MAKE) $(WEB) && .venv/bin/python -m tools.console || true
	@exec .venv/bin/lead-routing demo $(ARGS)

# The screens. Where npm cannot be reached it says so; again it takes no time until a source has changed.
console: $(DEV) $(WEB)
	@.venv/bin/python -m tools.console

# The screens as they are edited, at once, with the API of `make run` behind them.
console-dev: console
	@cd console && PATH="$(CURDIR)/.venv-web/bin:$$PATH" npm run dev

test: $(DEV) $(ENGINE) $(SAM) $(BROWSER)
	@.venv/bin/python -m tools.console || true
	@echo "About 10 minutes on two cores that have nothing else to do."
	COVERAGE=$(COVERAGE) .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# What takes minutes alone: the stateful models, twice, on seeds that nobody has seen; the tests of races, of faults and
# of the models once more on DynamoDB Local, which `make test` skips where it is not there; the document's routes asked
# many times more; a file of 100,000 rows whose import is killed; and the readers of posts and lists fuzzed.
test-long: $(DEV) $(ENGINE) $(DYNAMODB) $(FUZZ)
	RANDOM_SEEDS=1 .venv/bin/python -m pytest tests/concurrency/test_model.py tests/concurrency/test_pull_model.py $(ARGS)
	RANDOM_SEEDS=1 .venv/bin/python -m pytest tests/concurrency/test_model.py tests/concurrency/test_pull_model.py $(ARGS)
	ENGINE=dynamodb-local .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
		tests/concurrency $(ARGS)
	RANDOM_SEEDS=1 ENGINE=embedded .venv/bin/python -m pytest tests/concurrency/test_imports.py -k killed $(ARGS)
	RANDOM_SEEDS=1 .venv/bin/python -m pytest tests/e2e/test_document.py $(ARGS)
	PYTHONPATH=layers/routing .venv-fuzz/bin/python -m tools.fuzz_formats

mutants: $(DEV) $(ENGINE)
	.venv/bin/python -m tools.mutants $(ARGS)

lint: $(DEV) $(SAM) $(WEB)
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	@if .venv/bin/python -m tools.console; then cd console && PATH="$(CURDIR)/.venv-web/bin:$$PATH" npm run --silent check; \
	else echo "tsc is skipped"; fi
	.venv/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 .venv-sam/bin/sam validate --lint

bench: $(DEV) $(ENGINE) $(DYNAMODB)
	.venv/bin/python -m bench $(ARGS)

build: $(DEV) $(SAM)
	.venv-sam/bin/sam build $(ARGS)
	@size=$$(du -sm .aws-sam/build/RoutingLayer | cut -f 1); \
	if find .aws-sam/build/RoutingLayer -name '*.pyc' | grep -q .; then bytecode="with bytecode for Python 3.13"; \
	else bytecode="without bytecode, for there is no Python 3.13 here: functions start half as fast"; fi; \
	echo "The layer is $$size MB unzipped, $$bytecode."

# ARGS here are parameters of the stack, which are kept in .deploy/ for the next time.
CONFIG ?= dev
deploy:
	@$(MAKE) build ARGS=
	@$(MAKE) console || true
	@exec .venv/bin/python -m tools.deploy $(CONFIG) $(ARGS)

# The document of the API, from the operations and their answers; a test holds the two equal.
openapi: $(DEV)
	.venv/bin/python -m tools.openapi

# What the layer installs, from the lock; a test holds the two equal.
requirements: $(DEV)
	cd layers/routing && $(UV) export --quiet --frozen --package lead-routing-layer --no-dev --no-emit-workspace \
		--no-header --format requirements-txt --output-file requirements.txt

# Where a lead may be, by postal code and area code, from the packages that are locked for it.
calling-tables: $(TABLES)
	.venv-tables/bin/python -m tools.calling_tables $(ARGS)

$(DYNAMODB): $(LOCK) $(WEB) | .venv/.uv
	@echo "Setting up .venv-dynamodb and node_modules, for DynamoDB Local"
	@UV_PROJECT_ENVIRONMENT=.venv-dynamodb $(UV) sync --quiet --frozen --only-group dynamodb --python .venv/bin/python
	@PATH="$(CURDIR)/.venv-web/bin:$$PATH" npm install --no-save --no-audit --no-fund --silent \
		amplify-dynamodb-simulator@2.9.30
	@touch $@

clean:
	rm -rf .venv .venv-browser .venv-dynamodb .venv-engine .venv-fuzz node_modules .venv-sam .venv-tables .venv-web console/node_modules console/dist .aws-sam .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/.uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c '$(SUPPORTED)' || { echo "$(PYTHON) is not a Python of 3.11 to 3.14" >&2; exit 1; }
	@echo "Setting up .venv with $(PYTHON)"
	@"$(PYTHON)" -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@touch $@

$(DEV): $(LOCK) | .venv/.uv
	@UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --quiet --frozen --group dev
	@touch $@

$(ENGINE): $(LOCK) | .venv/.uv
	@echo "Setting up .venv-engine, the embedded store"
	@UV_PROJECT_ENVIRONMENT=.venv-engine $(UV) sync --quiet --frozen --only-group engine --python .venv/bin/python
	@touch $@

# Where npm cannot be reached this fails nothing: the tests say what they lack, and the next run tries again.
$(BROWSER): tools/browser.py tests/e2e/browser/package-lock.json | $(DEV) $(WEB)
	@echo "Setting up .venv-browser, the Chromium of the tests"
	@.venv/bin/python -m tools.browser && touch $@ || true

$(WEB): $(LOCK) | .venv/.uv
	@echo "Setting up .venv-web, Node"
	@UV_PROJECT_ENVIRONMENT=.venv-web $(UV) sync --quiet --frozen --only-group web --python .venv/bin/python
	@touch $@

$(SAM): $(LOCK) | .venv/.uv
	@echo "Setting up .venv-sam, the SAM CLI"
	@UV_PROJECT_ENVIRONMENT=.venv-sam $(UV) sync --quiet --frozen --only-group sam --python .venv/bin/python
	@touch $@

$(FUZZ): $(LOCK) | .venv/.uv
	@echo "Setting up .venv-fuzz, the fuzzer"
	@UV_PROJECT_ENVIRONMENT=.venv-fuzz $(UV) sync --quiet --frozen --only-group fuzz --python .venv/bin/python
	@touch $@

$(TABLES): $(LOCK) | .venv/.uv
	@echo "Setting up .venv-tables, with the libraries of postal codes and area codes"
	@UV_PROJECT_ENVIRONMENT=.venv-tables $(UV) sync --quiet --frozen --only-group tables --python .venv/bin/python
	@touch $@
