"""What a recipe names: inputs, prompts, objectives; the method puts them together.

A method that combines existing parts is a YAML file in `config/methods` and no code. A
new part is one file here and one line in its registry.
"""

from sambench.registry import Registry

INPUTS = Registry(
    "normalisation",
    {
        "zscore": "sambench.methods.inputs:zscore_input",
        "bytes": "sambench.methods.inputs:byte_input",
    },
    given=("image", "packed"),
)

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

PROMPTS = Registry(
    "prompt",
    {
        "none": "sambench.methods.prompts:no_prompt",
        "box": "sambench.methods.prompts:box_prompt",
        "whole": "sambench.methods.prompts:whole_prompt",
        "click": "sambench.methods.prompts:click_prompt",
        "grid": "sambench.methods.prompts:grid_prompt",
        "label": "sambench.methods.prompts:label_prompt",
    },
    given=("masks", "seeds"),
)
