"""sambench: benchmark of Segment Anything adaptations on medical images."""

import os
import sys

__version__ = "0.1.0"

# Threads of OpenMP spin while they wait for others: two jobs on the same cores then
# take up to 20 times as long as one. libgomp reads this when torch loads it.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

#: Environment variable with the folders of the user's own code, for jobs in any
#: environment: conda's jobs get no PYTHONPATH.
VARIABLE = "SAMBENCH_PLUGINS"


def add_plugins() -> None:
    """Let this process import from the user's folders, after everything else."""
    folders = os.environ.get(VARIABLE, "").split(os.pathsep)
    sys.path += [folder for folder in folders if folder and folder not in sys.path]


add_plugins()
