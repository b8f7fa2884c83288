#!/usr/bin/env bash
# All that matters on a GPU, in a few minutes: run from the repository root.
# Prints tables for speed/README.md; nothing else should use the GPU meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
run() { echo; echo "\$ $*"; timeout 90 "$@" || echo "(stopped with status $?)"; }
run "$PYTHON" speed/training_step.py dapsam erm --size 384 --batch 8 --device cuda --steps 30
run "$PYTHON" speed/training_step.py csdg csdg_erm --size 192 --batch 20 --device cuda --steps 30
run "$PYTHON" speed/training_step.py dbsam --size 1024 --batch 1 --device cuda --steps 10
run "$PYTHON" speed/augmentation.py --device cuda
run "$PYTHON" -m pytest -q -m gpu tests
