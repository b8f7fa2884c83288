"""Keep the configuration that made these results."""

from pathlib import Path

import yaml

from sambench.atomic import atomic_path
from sambench.logs import job_log

with job_log(snakemake.log[0]), atomic_path(snakemake.output.yaml) as temporary:
    text = yaml.safe_dump(snakemake.params.config, sort_keys=False)
    Path(temporary).write_text(text, encoding="utf-8")
