"""Pretrained SAMs by the names that recipes use. Needs no torch."""

from dataclasses import dataclass

from sambench.errors import unknown_name


@dataclass(frozen=True)
class Checkpoint:
    """Published weights.

    Attributes
    ----------
    backbone : str
        A name in `sambench.models.sam.build.SIZES`, or ``"tiny_vit"``.
    scaling : str
        How images are scaled for them, a name in `SCALINGS` of `scaling.py` here.
    image_size : int
        Side of the images that they were trained on, in pixels.
    sha256, md5 : str or None
        Hashes of the file; None if no hash is published.
    """

    backbone: str
    scaling: str
    image_size: int = 1024
    sha256: str | None = None
    md5: str | None = None


# Hashes: each occurs in at least six unrelated repositories. Nobody states one for
# medsam_v0. The two MedSAM generations need different scalings: v0 kept SAM's mean and
# standard deviation, v1 and LiteMedSAM read each image scaled to 0..1.
CHECKPOINTS = {
    "sam_vit_b": Checkpoint(
        "vit_b",
        "mean_std",
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    "sam_vit_l": Checkpoint(
        "vit_l",
        "mean_std",
        sha256="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    ),
    "sam_vit_h": Checkpoint(
        "vit_h",
        "mean_std",
        sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    "medsam": Checkpoint("vit_b", "min_max", md5="3bb6db55bd0c9ca30b61248bca72f8d6"),
    "medsam_v0": Checkpoint("vit_b", "mean_std"),
    "lite_medsam": Checkpoint(
        "tiny_vit",
        "min_max",
        image_size=256,
        sha256="79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76",
    ),
}


@dataclass(frozen=True)
class Backbone:
    """A pretrained SAM.

    Attributes
    ----------
    size, scaling, image_size
        As `backbone`, `scaling` and `image_size` of `Checkpoint`.
    checkpoint : str or None
        A name in `CHECKPOINTS`; None for our own.
    resizing : str
        How slices are resized for the weights, a name in `RESIZINGS`.
    box_regions : bool
        Whether it reads boxes as masks too, see `BoxRegionPromptEncoder`.
    """

    size: str
    scaling: str
    image_size: int
    checkpoint: str | None
    resizing: str = "bilinear"
    box_regions: bool = False


def _published(name: str, resizing: str = "bilinear") -> Backbone:
    found = CHECKPOINTS[name]
    return Backbone(found.backbone, found.scaling, found.image_size, name, resizing)


# The last three are whole networks as their authors published them
BACKBONES = {
    "vit_b": _published("sam_vit_b", "pillow"),
    "vit_l": _published("sam_vit_l", "pillow"),
    "vit_h": _published("sam_vit_h", "pillow"),
    "medsam": _published("medsam"),
    "medsam_v0": _published("medsam_v0", "pillow"),
    "lite_medsam": _published("lite_medsam", "area"),
    "sam_nano": Backbone("nano", "mean_std", 192, None, box_regions=True),
    "dapsam_prostate": Backbone("vit_b", "none", 384, None),
    "dapsam_riga": Backbone("vit_b", "none", 512, None),
    "sam_med2d": Backbone("vit_b", "mean_std_bgr", 256, None, "nearest"),
}


def find_backbone(name: str) -> Backbone:
    """Look up a backbone.

    Raises
    ------
    InputError
        If the name is not known.
    """
    if name not in BACKBONES:
        raise unknown_name("the recipe's network", "backbone", name, BACKBONES)
    return BACKBONES[name]
