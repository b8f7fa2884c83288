# `make demo` and `make test` are all a fresh machine needs (git, make, Python >= 3.11).

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed
EXTRAS := .venv/.extras
# nnU-Net in an environment of its own, which sees the packages of .venv.
NNUNET := .venv-nnunet/.installed

# Whether .venv cannot be used: of a folder that was moved or copied, of a Python that is
# too old or gone, or of another one than `PYTHON=...` names.
STALE := $(shell test ! -e .venv || { \
	grep -q '$(CURDIR)/.venv/bin/python' .venv/bin/pip && \
	.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && \
	{ test '$(origin PYTHON)' = file || \
	test "$$(.venv/bin/python -V)" = "$$($(PYTHON) -V)"; }; } 2>/dev/null || echo stale)

.PHONY: help setup nnunet demo docs test lint format $(if $(STALE),$(READY))

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile
	@echo "With another Python: make PYTHON=python3.12 ... Settings: config/README.md"

setup: $(READY) ## set up .venv with all that the demo needs

$(READY): envs/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("sambench needs \
	Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another: make setup \
	PYTHON=python3.11" % sys.version_info[:2])'
	@echo "Setting up .venv with some 140 packages. On Linux, torch with CUDA: 3.0 GB to"
	@echo "download, 6 GB on disk; if pip finds a build for CPUs: 0.5 GB and 2 GB."
	@echo "Downloads aside it takes one to two minutes. pip is silent unless it fails."
	test -d .venv -a -z '$(STALE)' || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --requirement envs/requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(EXTRAS): $(READY)
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable '.[sam2,docs]'
	touch $@

nnunet: $(NNUNET) ## set up .venv-nnunet, for the recipes nnunet_*

$(NNUNET): $(READY) envs/nnunet/requirements.txt
	$(BIN)/python -m venv --clear .venv-nnunet
	packages() { $$1 -c "import site; print(site.getsitepackages()[0])"; }; \
	{ packages $(BIN)/python; echo $(CURDIR)/envs/nnunet; } \
		> $$(packages .venv-nnunet/bin/python)/sambench.pth
	.venv-nnunet/bin/python -m pip install --quiet --no-deps --requirement envs/nnunet/requirements.txt
	touch $@

demo: $(READY) ## run the demo on synthetic data; the report is results/report.html
	@echo "The demo: some 300 short jobs, 4 minutes on two idle cores (10 on busy ones); on"
	@echo "synthetic data, so nothing is downloaded. Stopped, the same command goes on."
	$(BIN)/snakemake --cores all
	@echo
	@echo "The report is $(CURDIR)/results/report.html: open it in a browser."

docs: $(EXTRAS) ## build the documentation, site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation is $(CURDIR)/site/index.html: open it in a browser."

lint: $(READY) ## run the style checks alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/codespell
	$(BIN)/lint-imports --no-logo --no-cache

test: lint $(EXTRAS) $(NNUNET) ## run everything that CI runs
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder \
	--numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --durations 15

format: $(READY) ## rewrite the sources in the style of the project
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow
