"""What the wheel holds beside the library."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Project(BuildHookInterface):
    """Put the project where sambench/checkout.py finds it; an editable install has it.

    The workflow has the library once more: its jobs may run in environments without
    this wheel.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add files to a wheel."""
        if version == "editable":
            return
        for name in ("Snakefile", "config", "envs", "profiles", "workflow"):
            build_data["force_include"][name] = f"sambench/project/{name}"
