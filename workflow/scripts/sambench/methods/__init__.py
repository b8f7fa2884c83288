"""What a recipe names; `method.py` puts the parts together.

A method that combines existing parts is a YAML file in `config/methods` and no code. A
new part is one file here and one line in its registry.
"""

from sambench.registry import Registry

ALGORITHMS = Registry(
    "algorithm",
    {
        "default": "sambench.methods.method:Method",
        "desam": "sambench.methods.algorithms.desam:Desam",
        "sam_med2d": "sambench.methods.algorithms.sam_med2d:SamMed2d",
    },
    given=("recipe", "structures", "backbone"),
)

NORMALISATIONS = Registry(
    "normalisation",
    {
        "zscore": "sambench.methods.normalisation:zscore",
        "bytes": "sambench.methods.normalisation:uint8_range",
    },
    given=("images", "photo"),
)

VIEWS = Registry(
    "view",
    {
        "augmentation": "sambench.methods.views.augmentation:Augmentation",
        "flip": "sambench.methods.views.turns:Flip",
        "turn_or_rotate": "sambench.methods.views.turns:TurnOrRotate",
    },
)

FEATURES = Registry("feature", {})

OBJECTIVES = Registry(
    "objective",
    {
        "dice_bce": "sambench.methods.objectives:DiceBCE",
        "squared_dice_bce": "sambench.methods.objectives:SquaredDiceBCE",
        "softmax_dice_ce": "sambench.methods.softmax_objective:SoftmaxDiceCE",
        "bce_iou": "sambench.methods.overlap_objectives:BCEIoU",
        "weighted_bce": "sambench.methods.overlap_objectives:WeightedBCE",
    },
)

CONSISTENCIES = Registry(
    "consistency",
    {"kl_to_mean": "sambench.methods.consistency:kl_to_mean"},
    given=("logits",),
)

PROMPTS = Registry(
    "prompt",
    {
        "none": "sambench.methods.prompts:no_prompt",
        "box": "sambench.methods.prompts:box_prompt",
        "whole": "sambench.methods.prompts:whole_prompt",
        "click": "sambench.methods.prompts:click_prompt",
        "grid": "sambench.methods.prompts:grid_prompt",
        "anywhere": "sambench.methods.training_prompts:anywhere_prompt",
        "box_of_one": "sambench.methods.training_prompts:box_of_one_prompt",
    },
    given=("masks", "uniform"),
)
