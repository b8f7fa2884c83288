# `make demo` and `make test` are all a fresh machine needs (git, make, Python >= 3.11).

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed
EXTRAS := .venv/.extras
# nnU-Net in an environment of its own, which sees the packages of .venv.
NNUNET := .venv-nnunet/.installed

.PHONY: help setup nnunet demo docs test lint format

help:
	@echo "make demo   set up .venv and run the demo; the report is results/report.html"
	@echo "make test   set up .venv and run everything that CI runs"
	@echo "make docs   build the documentation, site/index.html"
	@echo "make nnunet set up .venv-nnunet, for the recipes nnunet_*"
	@echo "make lint   only the style checks"
	@echo "make format rewrite the sources in the project's style"

setup: $(READY)

$(READY): envs/requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement envs/requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(EXTRAS): $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[sam2,docs]'
	touch $@

nnunet: $(NNUNET)

$(NNUNET): $(READY) envs/nnunet/requirements.txt
	$(PYTHON) -m venv --clear .venv-nnunet
	packages() { $$1 -c "import site; print(site.getsitepackages()[0])"; }; \
	{ packages $(BIN)/python; echo $(CURDIR)/envs/nnunet; } \
		> $$(packages .venv-nnunet/bin/python)/sambench.pth
	.venv-nnunet/bin/python -m pip install --quiet --no-deps --requirement envs/nnunet/requirements.txt
	touch $@

demo: $(READY)
	$(BIN)/snakemake --cores all
	@echo
	@echo "The report is $(CURDIR)/results/report.html: open it in a browser."

docs: $(EXTRAS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation is $(CURDIR)/site/index.html: open it in a browser."

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/codespell
	$(BIN)/lint-imports --no-logo --no-cache

test: lint $(EXTRAS) $(NNUNET)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow
