"""Pretrained SAMs by the names that recipes use. Needs no torch."""

from dataclasses import dataclass

from sambench.errors import find_named


@dataclass(frozen=True)
class Backbone:
    """A pretrained SAM.

    Attributes
    ----------
    size : str
        A name in `sambench.models.sam.build.SIZES`, or ``"tiny_vit"``.
    scaling : str
        How images are scaled for the weights, a name in `SCALINGS` of `scaling.py`.
    image_size : int
        Side of the images that they were trained on, in pixels.
    resizing : str
        How slices are resized for the weights, a name in `RESIZINGS`.
    published : str or None
        Hash of the published file, ``"sha256:..."`` or ``"md5:..."``; empty if none is
        published, None if the file is not verified.
    box_regions : bool
        Whether it reads boxes as masks too, see `BoxRegionPromptEncoder`.
    """

    size: str
    scaling: str
    image_size: int = 1024
    resizing: str = "bilinear"
    published: str | None = None
    box_regions: bool = False


def _sam(size: str, sha256: str) -> Backbone:
    published = f"sha256:{sha256}"
    return Backbone(size, "mean_std", resizing="pillow", published=published)


# Hashes: each occurs in at least six unrelated repositories. Nobody states one for
# medsam_v0. The two MedSAM generations need different scalings: v0 kept SAM's mean and
# standard deviation, v1 and LiteMedSAM read each image scaled to 0..1. The last three
# are whole networks as their authors published them.
BACKBONES = {
    "vit_b": _sam(
        "vit_b", "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"
    ),
    "vit_l": _sam(
        "vit_l", "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"
    ),
    "vit_h": _sam(
        "vit_h", "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"
    ),
    "medsam": Backbone(
        "vit_b", "min_max", published="md5:3bb6db55bd0c9ca30b61248bca72f8d6"
    ),
    "medsam_v0": Backbone("vit_b", "mean_std", resizing="pillow", published=""),
    "lite_medsam": Backbone(
        "tiny_vit",
        "min_max",
        256,
        "area",
        "sha256:79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76",
    ),
    "sam_nano": Backbone("nano", "mean_std", 192, box_regions=True),
    "dapsam_prostate": Backbone("vit_b", "none", 384),
    "dapsam_riga": Backbone("vit_b", "none", 512),
    "sam_med2d": Backbone("vit_b", "mean_std_bgr", 256, "nearest"),
}


def find_backbone(name: str) -> Backbone:
    """Look up a backbone.

    Raises
    ------
    InputError
        If the name is not known.
    """
    return find_named(BACKBONES, name, "the recipe's network", "backbone")
