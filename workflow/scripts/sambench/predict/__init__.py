"""Segment the slices of a target with a trained method or a control."""

from sambench.registry import Registry

PREDICTORS = Registry(
    "predictor",
    {
        "network": "sambench.predict.network:NetworkPredictor",
        "prompt_region": "sambench.predict.prompt_region:PromptRegionPredictor",
    },
)
