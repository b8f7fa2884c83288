"""Keep the configuration that made these results, and how its scores are read."""

from pathlib import Path

import yaml

from sambench.atomic import atomic_path
from sambench.logs import job_log
from sambench.report.documents import Documents
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    with atomic_path(output.yaml) as temporary:
        text = yaml.safe_dump(params.config, sort_keys=False)
        Path(temporary).write_text(text, encoding="utf-8")
    documents = dict(params.documents)
    contexts = {name: Context(**c) for name, c in documents.pop("contexts").items()}
    with atomic_path(output.documents) as temporary:
        text = Documents(contexts=contexts, **documents).to_json()
        Path(temporary).write_text(text, encoding="utf-8")
