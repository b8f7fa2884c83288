"""Choose among the candidate weights of one run by their Dice on some cases."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.data.validation import validation_rows
from sambench.embed.use import open_all
from sambench.logs import job_log
from sambench.metrics.checkpoints import candidate_dices, write_choice
from sambench.predict.target import build_predictor, predict_target
from sambench.settings.checkpoints import ON_SOURCE

with job_log(snakemake.log[0]):
    params, backbone = snakemake.params, snakemake.input.backbone
    domains = [PackedSlices(Path(path).parent) for path in snakemake.input.slices]
    embeddings = open_all(snakemake.input.embeddings) or [None] * len(domains)
    if snakemake.wildcards.checkpoint == ON_SOURCE:
        held_out = validation_rows(domains, params.checkpoints["validation"])
        cases = [d.cases_of(rows) for d, rows in zip(domains, held_out, strict=True)]
    else:
        cases = [domain.cases("test") for domain in domains]
    epochs = params.checkpoints["epochs"]
    predictor = build_predictor(
        params.recipe,
        structures=list(domains[0].structures),
        threads=snakemake.threads,
        weights=Path(snakemake.input.candidates),
        backbone=Path(backbone[0]) if backbone else None,
        epoch=epochs[0],
    )

    def predict(packed, cached, chosen):
        """Segment cases of one domain with the weights that were taken last."""
        predictor.ask_for(list(packed.structures))
        return predict_target(predictor, packed, cached, chosen)

    parts = list(zip(domains, cases, embeddings, strict=True))
    dices = candidate_dices(epochs, parts, predict, predictor.take_epoch)
    write_choice(snakemake.output.choice, dices)
