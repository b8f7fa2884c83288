"""The transforms that a recipe's `training.augmentation` names."""

from sambench.registry import Registry

AUGMENTATIONS = Registry(
    "augmentation",
    {
        name: f"sambench.methods.views.augmentation:{name}"
        for name in (
            "rotate_scale",
            "deform",
            "deform_coarsely",
            "mirror",
            "noise",
            "blur",
            "brightness",
            "shift",
            "contrast",
            "low_resolution",
            "gamma",
        )
    },
)
