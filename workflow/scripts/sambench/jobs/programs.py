"""What the rules of other programs ask: their data, trainings and masks."""

from pathlib import Path
from typing import Any

from sambench.external.program import environment_file
from sambench.jobs import paths
from sambench.jobs.ask import Ask, Wildcards
from sambench.jobs.data import Data
from sambench.settings.grid import source_domains
from sambench.settings.recipe import program_part, trained_elsewhere


class Programs(Ask):
    """Questions about methods that another program trains and runs."""

    def __init__(self, data: Data):
        super().__init__(data.settings)
        self._data = data

    def recipe_part(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return what trainings and predictions of a program depend on."""
        return program_part(self.recipe(wildcards))

    def program_environment(self, wildcards: Wildcards) -> str | None:
        """Return the conda environment of a program, if it has one."""
        path = environment_file(self.recipe(wildcards)["external"])
        return path and str(path)

    # --- files ------------------------------------------------------------------------

    def data(self, wildcards: Wildcards) -> list[str]:
        """List the data set that a program is trained on, if it is."""
        trained = trained_elsewhere(self.recipe(wildcards))
        return [self._path(paths.PROGRAM_DATA, wildcards)] if trained else []

    def record(self, wildcards: Wildcards) -> list[str]:
        """List the record of a program's training, if it is trained."""
        trained = trained_elsewhere(self.recipe(wildcards))
        return [paths.RECORD.format(**dict(wildcards.items()))] if trained else []

    def images(self, wildcards: Wildcards) -> str:
        """Return the images of a target as files."""
        return self._path(paths.PROGRAM_IMAGES, wildcards)

    def masks(self, wildcards: Wildcards) -> str:
        """Return the masks that a program makes for a target."""
        return self._path(paths.PROGRAM_MASKS, wildcards)

    @staticmethod
    def training_folder(wildcards: Wildcards, input: Any) -> str:
        """Return the folder of a program.

        No output, so that a stopped training goes on there.
        """
        run = Path(wildcards.method, f"seed{wildcards.seed}")
        return str(Path(input.data[0]).parent / run / "work")

    @staticmethod
    def prediction_folder(wildcards: Wildcards, output: Any) -> str:
        """Return the folder that a program was trained in."""
        return str(Path(output.masks).parents[1] / "work")

    def _path(self, pattern: str, wildcards: Wildcards) -> str:
        program = self.recipe(wildcards)["external"]["program"]
        return pattern.format(**{"program": program} | dict(wildcards.items()))

    # --- data sets as other programs want them ----------------------------------------

    def dataset_name(self, wildcards: Wildcards) -> str:
        """Return the name of a source's data set, as nnU-Net wants it."""
        benchmark = self.benchmark(wildcards)
        return f"Dataset001_{source_domains(benchmark, wildcards.source)[0]}"

    def domain_files(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the packed slices, the inventory and the files of a domain."""
        dataset = self.domain(wildcards)["dataset"]
        name = self.domain_name(wildcards)
        slices = paths.SLICES.format(benchmark=wildcards.benchmark, domain=name)
        return {
            "slices": slices,
            "inventory": paths.INVENTORY.format(dataset=dataset),
            "root": self._data.root(dataset),
        }
