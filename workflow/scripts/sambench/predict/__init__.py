"""Segment the slices of a target, case by case, with a trained method or a control."""

from sambench.registry import Registry

PREDICTORS = Registry(
    "predictor",
    {
        "network": "sambench.predict.network:NetworkPredictor",
        "label_shape": "sambench.predict.label_shape:LabelShapePredictor",
    },
)

SHAPES = Registry(
    "shape",
    {
        name: f"sambench.predict.label_shape:{name}_shape"
        for name in ("label", "empty", "box", "ellipse")
    },
    given=("labels",),
)

POLICIES = Registry(
    "policy",
    {
        "by_batch": "sambench.predict.policies:ByBatch",
        "argmax": "sambench.predict.policies:Argmax",
        "windows": "sambench.predict.policies:Windows",
        "dual_norm": "sambench.predict.policies:DualNormPolicy",
    },
    given=("batch_size",),
)
