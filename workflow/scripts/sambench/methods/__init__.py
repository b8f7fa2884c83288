"""What a recipe names; `method.py` puts the parts together.

A method that combines existing parts is a YAML file in `config/methods` and no code. A
new part is one file here and one line in its registry.
"""

from sambench.registry import Registry

_ALGORITHMS = "sambench.methods.algorithms"
_VIEWS = "sambench.methods.views"

ALGORITHMS = Registry(
    "algorithm",
    {
        "default": "sambench.methods.method:Method",
        "ada": f"{_ALGORITHMS}.ada:ADA",
        "ads": f"{_ALGORITHMS}.ads:ADS",
        "adv_bias": f"{_ALGORITHMS}.adversarial:AdvBias",
        "adv_noise": f"{_ALGORITHMS}.adversarial:AdvNoise",
        "ccsdg": f"{_ALGORITHMS}.ccsdg:CCSDG",
        "desam": f"{_ALGORITHMS}.desam:Desam",
        "dual_branch": f"{_ALGORITHMS}.dual_branch:DualBranch",
        "dual_norm": f"{_ALGORITHMS}.dual_norm:DualNorm",
        "maxstyle": f"{_ALGORITHMS}.maxstyle:MaxStyle",
        "maxstyle_core": f"{_ALGORITHMS}.maxstyle_core:MaxStyleCore",
        "perturbed_features": f"{_ALGORITHMS}.perturbed_pass:PerturbedFeatures",
        "perturbed_views": f"{_ALGORITHMS}.perturbed_pass:PerturbedViews",
        "rsc": f"{_ALGORITHMS}.rsc:RSC",
        "sam_med2d": f"{_ALGORITHMS}.sam_med2d:SamMed2d",
        "slaug": f"{_ALGORITHMS}.slaug:SLAug",
    },
    given=("recipe", "structures", "backbone"),
)

NORMALISATIONS = Registry(
    "normalisation",
    {
        "zscore": "sambench.methods.normalisation:zscore",
        "as_packed": "sambench.methods.normalisation:as_packed",
        "bytes": "sambench.methods.normalisation:uint8_range",
        "bytes_of_five": "sambench.methods.normalisation:window_uint8_range",
        "symmetric": "sambench.methods.normalisation:symmetric_range",
        "unit": "sambench.methods.normalisation:unit_range",
    },
    given=("images", "photo"),
    by_name=False,
)

VIEWS = Registry(
    "view",
    {
        "augmentation": f"{_VIEWS}.augmentation:Augmentation",
        "bigaug": f"{_VIEWS}.bigaug:BigAug",
        "branches": f"{_VIEWS}.branches:Branches",
        "csdg_augmentation": f"{_VIEWS}.csdg_augmentation:CSDGAugmentation",
        "cutout": f"{_VIEWS}.cutout:CutOut",
        "flip": f"{_VIEWS}.turns:Flip",
        "fourier": f"{_VIEWS}.fourier:Fourier",
        "gin": f"{_VIEWS}.gin:GIN",
        "gin_ipa": f"{_VIEWS}.gin_ipa:GINIPA",
        "gla": f"{_VIEWS}.location_scale:GlobalLocationScale",
        "lla": f"{_VIEWS}.location_scale:LocalLocationScale",
        "negative": f"{_VIEWS}.negative:Negative",
        "randconv": f"{_VIEWS}.randconv:RandConv",
        "spatial": f"{_VIEWS}.spatial:Spatial",
        "turn_or_rotate": f"{_VIEWS}.turns:TurnOrRotate",
        "window_changes": f"{_VIEWS}.window_changes:WindowChanges",
    },
)

FEATURES = Registry(
    "feature",
    {
        "dsu": "sambench.methods.features.dsu:DSU",
        "mixstyle": "sambench.methods.features.mixstyle:MixStyle",
    },
)

OBJECTIVES = Registry(
    "objective",
    {
        "dice_bce": "sambench.methods.objectives:DiceBCE",
        "squared_dice_bce": "sambench.methods.objectives:SquaredDiceBCE",
        "sample_dice_bce": "sambench.methods.objectives:SampleDiceBCE",
        "bce_iou": "sambench.methods.objectives:BCEIoU",
        "weighted_bce": "sambench.methods.objectives:WeightedBCE",
        "class_dice_ce": "sambench.methods.class_objectives:ClassDiceCE",
        "pooled_dice": "sambench.methods.class_objectives:PooledDice",
        "softmax_dice_ce": "sambench.methods.class_objectives:SoftmaxDiceCE",
    },
)

CONSISTENCIES = Registry(
    "consistency",
    {
        "kl_to_mean": "sambench.methods.consistency:kl_to_mean",
        "kl_from_mean": "sambench.methods.consistency:kl_from_mean",
        "symmetric_kl": "sambench.methods.consistency:symmetric_kl",
    },
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
        "anywhere": "sambench.methods.prompts:anywhere_prompt",
        "box_of_one": "sambench.methods.prompts:box_of_one_prompt",
    },
    given=("masks", "uniform"),
)
