"""Synthetic archives laid out like the originals, with the originals' traps.

A phantom is drawn, not learned: it lets the whole pipeline run without a download and
without patient data. No number measured on phantoms says anything about patients.
"""

from importlib import import_module
from pathlib import Path

from sambench.errors import InputError, unknown_name

_ARCHIVES = {
    "saml_prostate": ("Processed_data_nii.zip", "prostates"),
    "riga_plus": ("RIGAPlus.zip", "riga_plus"),
    "acdc": ("acdc.zip", "heart"),
    "amos22": ("amos22.zip", "abdomen"),
    "msd": ("Task05_Prostate.tar", "prostates"),
    # Plain ones, for the sets that the demo does not show.
    "medsam_v0": ("medsam_v0.zip", "small"),
    "mnms": ("mnms.zip", "small"),
    "promise12": ("training_data.zip", "small"),
    "nci_isbi": ("nci_isbi.zip", "small"),
    "brats2021": ("brats2021.zip", "small"),
    "abcs": ("abcs.zip", "small"),
    "abdomenct1k": ("abdomenct1k.zip", "small"),
    "kits19": ("kits19.zip", "small"),
    "lits": ("lits.zip", "small"),
    "covid19_ct_seg": ("covid19_ct_seg.zip", "small"),
    "plethora": ("plethora.zip", "small"),
    "hecktor": ("hecktor2022_training.zip", "small"),
}
"""Data set -> archive file name, and the module whose ``draw_<data set>`` fills it.

It takes `seed`, `cases` and `size` as `write_phantom` does, and returns the members as
`sambench.phantoms.files.encoded` takes them.
"""

PHANTOMS: dict[str, str] = {name: archive for name, (archive, _) in _ARCHIVES.items()}
"""Data set -> file name of its archive."""


def write_phantom(
    dataset: str, archive: Path, *, seed: int, cases: int = 5, size: int = 128
) -> None:
    """Write the synthetic archive of a data set.

    The same arguments give the same bytes. A case depends on the seed, its data set,
    group and name only: more cases leave the existing ones as they were.

    Parameters
    ----------
    archive : Path
        File to write; appears whole or not at all. A name that ends in ``.tar`` gives a
        tar file, any other a zip file.
    cases : int
        Cases for each group; how groups share them depends on the data set.
    size : int
        Pixels a side. The field of view in mm does not depend on it.

    Raises
    ------
    InputError
        If `dataset` is unknown, `cases` below 1 or beyond what the data set has, or
        `size` too small.
    """
    if dataset not in PHANTOMS:
        raise unknown_name("phantoms", "data set", dataset, PHANTOMS)
    for name, value, least in (("cases", cases, 1), ("size", size, 32)):
        if value < least:
            raise InputError(
                where=f"phantom {dataset}",
                found=f"{name}={value}",
                expected=f"at least {least}",
                remedy=f"Raise {name}",
            )
    from sambench.phantoms.files import write_archive

    write_archive(Path(archive), draw(dataset, seed, cases, size))


def draw(dataset: str, seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive of a data set, see `write_phantom`."""
    from sambench.phantoms.files import encoded

    module = import_module(f"sambench.phantoms.{_ARCHIVES[dataset][1]}")
    return encoded(getattr(module, f"draw_{dataset}")(seed, cases, size))
