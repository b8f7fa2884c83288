"""Take the masks that someone else made as the predictions of a method."""

from pathlib import Path

from sambench.data.datasets import find_dataset
from sambench.data.own.labels import file_codes
from sambench.data.packed import PackedSlices
from sambench.data.predictions import save_predictions
from sambench.external.labels import label_code
from sambench.logs import job_log
from sambench.predict.files import read_predictions

with job_log(snakemake.log[0]):
    packed = PackedSlices(Path(snakemake.input.slices).parent)
    coded = snakemake.params.coded  # values are those that another program was given
    dataset = find_dataset(snakemake.params.dataset, snakemake.params.description)
    predictions = read_predictions(
        snakemake.params.folder,
        packed,
        known=() if coded else dataset.labels - {0},
        structures=label_code(packed.structures).structures if coded else None,
        codes=None if coded else file_codes(snakemake.params.description),
    )
    save_predictions(Path(snakemake.output.predictions), predictions)
