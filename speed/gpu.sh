#!/usr/bin/env bash
# All that matters on a GPU, in less than six minutes: run from the repository root.
# Prints tables for speed/README.md; nothing else should use the GPU meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
left=350 # seconds that all runs may take together
run() { # SECONDS COMMAND...
  local limit=$1
  shift
  echo && echo "\$ $*"
  ((left -= limit)) || true
  ((left >= 0)) || { echo "these runs may take more than six minutes" && exit 1; }
  timeout "$limit" "$@" || echo "(stopped with status $?)"
}
step() { run "$1" "$PYTHON" speed/training_step.py "${@:2}" --device cuda; }
step 50 dapsam erm --size 384 --batch 8 --steps 30
step 110 dapsam erm --size 384 --batch 8 --steps 30 --compile graphs
step 50 csdg csdg_erm --size 192 --batch 20 --steps 30
step 50 dbsam --size 1024 --batch 1 --steps 10
run 30 "$PYTHON" speed/augmentation.py --device cuda
run 60 "$PYTHON" -m pytest -q -m gpu tests
