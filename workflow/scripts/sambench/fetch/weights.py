"""Where the weights of each backbone come from: entry and file of the registry."""

from pathlib import Path

from sambench.errors import InputError, find_named, unknown_name

# Backbone in a recipe: entry in `config/datasets.yaml` and the file there
WEIGHTS = {
    "vit_b": ("sam_vit_b", "sam_vit_b_01ec64.pth"),
    "vit_l": ("sam_vit_l", "sam_vit_l_0b3195.pth"),
    "vit_h": ("sam_vit_h", "sam_vit_h_4b8939.pth"),
    "medsam": ("medsam_v1_vit_b", "medsam_vit_b.pth"),
    "medsam_v0": ("medsam_v0_vit_b", "medsam_20230423_vit_b_0.0.1.pth"),
    "lite_medsam": ("lite_medsam", "lite_medsam.pth"),
    "dapsam_prostate": ("dapsam", "epoch_final.pth"),
    "dapsam_riga": ("dapsam", "DAPSAM-BinRushed.pth"),
    "sam_med2d": ("sam_med2d", "sam-med2d_b.pth"),
    "sam2_hiera_tiny": ("sam2_hiera_tiny", "sam2.1_hiera_tiny.safetensors"),
    "sam2_hiera_small": ("sam2_hiera_small", "sam2.1_hiera_small.safetensors"),
    "sam2_hiera_base_plus": (
        "sam2_hiera_base_plus",
        "sam2.1_hiera_base_plus.safetensors",
    ),
    "sam2_hiera_large": ("sam2_hiera_large", "sam2.1_hiera_large.safetensors"),
    "sam3": ("sam3", "sam3.safetensors"),
}
FILES = {file: entry for entry, file in WEIGHTS.values()}


def weights_file(backbone: str) -> str:
    """Return the file name of a backbone's weights, or raise an `InputError`."""
    if backbone not in WEIGHTS:
        valid = ["sam_nano", *WEIGHTS]
        raise unknown_name("the recipe's network", "backbone", backbone, valid)
    return WEIGHTS[backbone][1]


def fetch_file(path: Path, mirror: str | None = None) -> None:
    """Fetch and verify a file of weights by its name, one of `FILES`.

    An `InputError` if that fails, which says where the file may be put instead.
    """
    from sambench.fetch.hashes import TrustedHashes
    from sambench.fetch.obtain import Source, fetch_weights
    from sambench.settings.datasets import CONFIG_FOLDERS, REGISTRY, load_registry

    entry = find_named(load_registry(), FILES[path.name], REGISTRY, "data set")
    committed = CONFIG_FOLDERS[0] / "hashes.csv"
    hashes = TrustedHashes(path.parent / "hashes.csv", [committed])
    source = Source(hashes, mirror=mirror)
    try:
        fetch_weights(entry, path.parent, source, [path.name])
    except InputError as error:
        raise InputError(
            where=error.where,
            found=error.found,
            expected=error.expected,
            remedy=f"{error.remedy}. A copy that you have can be put there as {path}",
        ) from error
