"""Augmentation in batches on the device: what a recipe's `training.augmentation` names.

Each transform is that of batchgenerators 0.25.5 of the same purpose, with the same
draws: fed with equal numbers it gives equal results, see `tests/test_transforms.py`.
"""

from sambench.registry import Registry

TRANSFORMS = Registry(
    "augmentation",
    {
        "rotate_scale": "sambench.methods.transforms.spatial:RotateScale",
        "deform": "sambench.methods.transforms.spatial:Deform",
        "deform_coarsely": "sambench.methods.transforms.spatial:DeformCoarsely",
        "mirror": "sambench.methods.transforms.mirror:Mirror",
        "noise": "sambench.methods.transforms.intensity:Noise",
        "brightness": "sambench.methods.transforms.intensity:Brightness",
        "shift": "sambench.methods.transforms.intensity:Shift",
        "contrast": "sambench.methods.transforms.intensity:Contrast",
        "gamma": "sambench.methods.transforms.intensity:Gamma",
        "blur": "sambench.methods.transforms.resolution:Blur",
        "low_resolution": "sambench.methods.transforms.resolution:LowResolution",
    },
)
