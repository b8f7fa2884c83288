"""Encode every slice of one domain with a frozen encoder."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.embed.encode import encode_domain
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    encode_domain(
        PackedSlices(Path(snakemake.input.slices).parent),
        snakemake.wildcards.backbone,
        Path(snakemake.input.backbone),
        int(snakemake.wildcards.side),
        Path(snakemake.output.embeddings),
        snakemake.threads,
    )
