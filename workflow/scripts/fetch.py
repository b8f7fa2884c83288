"""Download, verify and unpack one data set."""

from pathlib import Path

from sambench.fetch.hashes import TrustedHashes
from sambench.fetch.obtain import Source, fetch_dataset
from sambench.logs import job_log
from sambench.settings.datasets import load_registry

with job_log(snakemake.log[0]):
    dataset, root = snakemake.wildcards.dataset, Path(snakemake.output.root)
    fetch_dataset(
        load_registry()[dataset],
        # Not declared as output: what was received survives a failure.
        archives=root.parents[1] / "archives" / dataset,
        root=root,
        source=Source(
            TrustedHashes(Path(snakemake.params.hashes)),
            mirror=snakemake.params.mirror,
            accepted=snakemake.params.accepted,
        ),
        names=snakemake.params.names,
        keep_archives=snakemake.params.keep_archives,
    )
