"""Networks: image tensors in, one channel of logits per structure out."""

from sambench.registry import Registry

_FAMILY = "sambench.models.promptable.build"

NETWORKS = Registry(
    "network",
    {
        "unet": "sambench.models.unet:build_unet",
        "promptable_sam": f"{_FAMILY}:build_promptable",
        "automatic_sam": f"{_FAMILY}:build_automatic",
        "dapsam": f"{_FAMILY}:build_dapsam",
        "dbsam": f"{_FAMILY}:build_dbsam",
    },
)
