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
    },
)

# A name that only fixtures of a kind have, for those without a header.
MARKS = {
    "dapsam": r"^weights/.*memory_bank\.weight$",
    "dbsam_blocks": r"/weights/",
    "dbsam": r"^weights/image_encoder\.adapter\.",
}
