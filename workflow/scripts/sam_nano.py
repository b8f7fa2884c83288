"""Train the small SAM of the demo."""

from pathlib import Path

from sambench.logs import job_log
from sambench.pretrain.nano import pretrain, write_weights
from sambench.settings.yaml_file import read_yaml

with job_log(snakemake.log[0]):
    recipe = read_yaml(Path(snakemake.input.recipe))
    state = pretrain(recipe, threads=1)
    write_weights(state, recipe, Path(snakemake.output.weights))
