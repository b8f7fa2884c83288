"""Encode every slice of one domain with what is frozen of a network."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.embed.encode import encode_domain
from sambench.logs import job_log
from sambench.models.encoding import Encoding

with job_log(snakemake.log[0]):
    wildcards = snakemake.wildcards
    encode_domain(
        PackedSlices(Path(snakemake.input.slices).parent),
        Encoding(wildcards.network, wildcards.backbone, int(wildcards.side)),
        Path(snakemake.input.backbone),
        Path(snakemake.output.embeddings),
        snakemake.threads,
    )
