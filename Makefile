# make chat   sets up, trains when something changed, serves the chat page   (PORT=8080)
# make preview  sets up, trains when something changed, serves the clinician's page   (PREVIEW_PORT=8090)
# make test   sets up, checks, trains when something changed, runs all tests
PORT ?= 8080
PREVIEW_PORT ?= 8090
IVY = .venv/bin/ivy
export RASA_TELEMETRY_ENABLED = false

.PHONY: chat preview test setup train check lock clean browser services linters lint audit sbom

chat: train
	@exec $(IVY) serve --port $(PORT)

preview: train
	@exec $(IVY) preview --port $(PREVIEW_PORT)

test: train browser services linters
	$(IVY) check
	.venv/bin/lint-imports
	.venv/bin/pytest -q

setup:
	@tools/setup

train: setup
	@$(IVY) train

check: setup
	@$(IVY) check

# the browsers that the tests of the pages drive; without one, those that need it say that they were skipped
browser:
	@tools/browser

# the database, lock store and front that some tests start for themselves; without them those say that they were skipped
services:
	@tools/services

# what checks deploy/ and the lock, in an environment of its own
linters: setup
	@tools/lint/setup

lint: linters
	@tools/lint/run

# known vulnerabilities of the locked packages; needs a network that reaches the vulnerability service
audit: linters
	@.tools/lint/bin/python tools/lint/audit.py

# the list of what Ivy is built from, as CycloneDX JSON
sbom: linters
	@mkdir -p build
	@PYTHONWARNINGS=ignore .tools/lint/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON --validate -o build/sbom.json requirements.lock
	@echo "build/sbom.json"

# writes requirements.lock anew from pyproject.toml, for whoever changes a dependency
lock:
	$$(uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv) pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.10 --extra test pyproject.toml -o requirements.lock
	$$(uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv) pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.10 tools/lint/requirements.in -o tools/lint/requirements.txt

clean:
	rm -rf .venv .tools models .rasa .pytest_cache
