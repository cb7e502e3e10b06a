# make chat   sets up, trains when something changed, serves the chat page   (PORT=8080)
# make test   sets up, checks, trains when something changed, runs all tests
PORT ?= 8080
IVY = .venv/bin/ivy
export RASA_TELEMETRY_ENABLED = false

.PHONY: chat test setup train check lock clean browser

chat: train
	@exec $(IVY) serve --port $(PORT)

test: train browser
	$(IVY) check
	.venv/bin/lint-imports
	.venv/bin/pytest -q

setup:
	@tools/setup

train: setup
	@$(IVY) train

check: setup
	@$(IVY) check

# the browser that the tests of the chat page drive; without one they say that they were skipped
browser:
	@tools/browser

# writes requirements.lock anew from pyproject.toml, for whoever changes a dependency
lock:
	$$(command -v uv || echo .tools/bin/uv) pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.10 --extra test pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .tools models .rasa .pytest_cache
