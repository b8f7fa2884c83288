"""How a method is asked about the slices of one case at test time."""

from sambench.registry import Registry

POLICIES = Registry(
    "policy",
    {
        "by_batch": "sambench.predict.policies.by_batch:ByBatch",
        "argmax": "sambench.predict.policies.argmax:Argmax",
        "windows": "sambench.predict.policies.windows:Windows",
        "dual_norm": "sambench.predict.policies.dual_norm:DualNormPolicy",
    },
    given=("batch_size",),
)
