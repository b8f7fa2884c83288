"""The kinds of fixtures: which part of this room compares which."""

from sambench.registry import Registry

_HERE = "sambench.parity"

# By the `method` in a fixture's header: `(tensors, metadata) -> {name: error}`.
KINDS = Registry(
    "kind of fixture",
    {
        "dapsam": f"{_HERE}.dapsam:model_errors",
        "dbsam_blocks": f"{_HERE}.dbsam_blocks:blocks_errors",
        "dbsam": f"{_HERE}.dbsam_model:model_errors",
        "samed": f"{_HERE}.samed:errors",
        "sam_adapter": f"{_HERE}.sam_adapter:errors",
        "med_sa": f"{_HERE}.med_sa:errors",
        "med_sa_2023": f"{_HERE}.med_sa:errors_2023",
        "medsam_decoder": f"{_HERE}.medsam:decoder_errors",
        "medsam_full": f"{_HERE}.medsam:full_errors",
        "desam": f"{_HERE}.desam:errors",
        "grid_policy_sam": f"{_HERE}.grid_policy:sam_errors",
        "grid_policy_desam": f"{_HERE}.grid_policy:desam_errors",
    },
)

# A name that only fixtures of a kind have, for those without a header.
MARKS = {
    "dapsam": r"^weights/.*memory_bank\.weight$",
    "dbsam_blocks": r"/weights/",
    "dbsam": r"^weights/image_encoder\.adapter\.",
}
