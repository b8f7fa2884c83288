"""Train a method on a source; here are the parts that a recipe's training names."""

from sambench.registry import Registry

OPTIMISERS = Registry(
    "optimiser",
    {name: f"sambench.train.optimisers:{name}" for name in ("adam", "adamw", "sgd")},
    given=("params",),
)

SCHEDULES = Registry(
    "schedule",
    {
        name: f"sambench.train.schedules:{name}"
        for name in (
            "constant",
            "cosine_by_epoch",
            "exponential_by_epoch",
            "linear_after_epoch",
            "poly",
            "poly_after_epoch",
            "poly_by_epoch",
            "poly_by_step",
            "root_by_epoch",
        )
    },
    given=("base", "horizon", "epoch_steps"),
)
