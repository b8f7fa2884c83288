"""Encode every slice of one domain with what is frozen of a backbone."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.embed.encode import encode_domain
from sambench.embed.use import Encoding
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    wildcards = snakemake.wildcards
    encode_domain(
        PackedSlices(Path(snakemake.input.slices).parent),
        Encoding(wildcards.backbone, int(wildcards.side), wildcards.part),
        Path(snakemake.input.backbone),
        Path(snakemake.output.embeddings),
        snakemake.threads,
    )
