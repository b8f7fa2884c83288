"""From the YAML files under `config/` to the list of runs and scores."""

from sambench.settings.grid import Run, runs_of, targets_of
from sambench.settings.settings import Settings, load_settings

__all__ = ["Run", "Settings", "load_settings", "runs_of", "targets_of"]
