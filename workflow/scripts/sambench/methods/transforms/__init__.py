"""Augmentation in batches on the device: what a recipe's `training.augmentation` names.

Each transform is that of batchgenerators 0.25.5 of the same purpose, with the same
draws: fed with equal numbers it gives equal results, see `tests/test_transforms.py`.
"""

from sambench.registry import Registry

_HERE = "sambench.methods.transforms"

TRANSFORMS = Registry(
    "augmentation",
    {
        "rotate_scale": f"{_HERE}.spatial:RotateScale",
        "deform": f"{_HERE}.spatial:Deform",
        "deform_coarsely": f"{_HERE}.spatial:DeformCoarsely",
        "mirror": f"{_HERE}.spatial:Mirror",
        "noise": f"{_HERE}.intensity:Noise",
        "brightness": f"{_HERE}.intensity:Brightness",
        "shift": f"{_HERE}.intensity:Shift",
        "contrast": f"{_HERE}.intensity:Contrast",
        "gamma": f"{_HERE}.intensity:Gamma",
        "blur": f"{_HERE}.resolution:Blur",
        "low_resolution": f"{_HERE}.resolution:LowResolution",
    },
)
