"""Synthetic archives laid out like the originals, with the originals' traps.

A phantom is drawn, not learned: it lets the whole pipeline run without a download and
without patient data. No number measured on phantoms says anything about patients.
"""

from importlib import import_module
from pathlib import Path

from sambench.errors import InputError, unknown_name

_ARCHIVES = {
    "saml_prostate": ("Processed_data_nii.zip", "saml_prostate:draw"),
    "riga_plus": ("RIGAPlus.zip", "riga_plus:draw"),
    "acdc": ("acdc.zip", "acdc:draw"),
    "amos22": ("amos22.zip", "amos22:draw"),
    "msd": ("Task05_Prostate.tar", "msd:draw"),
    # Plain ones, for the sets that the demo does not show.
    "medsam_v0": ("medsam_v0.zip", "small_mr:draw_medsam_v0"),
    "mnms": ("mnms.zip", "small_mr:draw_mnms"),
    "promise12": ("training_data.zip", "small_mr:draw_promise12"),
    "nci_isbi": ("nci_isbi.zip", "nci_isbi:draw"),
    "brats2021": ("brats2021.zip", "small_mr:draw_brats2021"),
    "abcs": ("abcs.zip", "small_mr:draw_abcs"),
    "abdomenct1k": ("abdomenct1k.zip", "small_ct:draw_abdomenct1k"),
    "kits19": ("kits19.zip", "small_ct:draw_kits19"),
    "lits": ("lits.zip", "small_ct:draw_lits"),
    "covid19_ct_seg": ("covid19_ct_seg.zip", "small_ct:draw_covid19_ct_seg"),
    "plethora": ("plethora.zip", "small_ct:draw_plethora"),
    "hecktor": ("hecktor2022_training.zip", "small_ct:draw_hecktor"),
}
"""Data set -> archive file name, and what draws its members, imported when it does.

It takes `seed`, `cases` and `size` as `write_phantom` does, and returns the content of
every member by its name in the archive.
"""

PHANTOMS: dict[str, str] = {name: archive for name, (archive, _) in _ARCHIVES.items()}
"""Data set -> file name of its archive."""

SMALLEST = 32
"""Fewest pixels a side at which every structure still shows."""


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
    for name, value, least in (("cases", cases, 1), ("size", size, SMALLEST)):
        if value < least:
            raise InputError(
                where=f"phantom {dataset}",
                found=f"{name}={value}",
                expected=f"at least {least}",
                remedy=f"Raise {name}",
            )
    from sambench.phantoms.archive import write_tar, write_zip

    members = draw(dataset, seed, cases, size)
    write = write_tar if str(archive).endswith(".tar") else write_zip
    write(Path(archive), members)


def draw(dataset: str, seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive of a data set, see `write_phantom`."""
    module, function = _ARCHIVES[dataset][1].split(":")
    drawer = getattr(import_module(f"sambench.phantoms.{module}"), function)
    return drawer(seed, cases, size)
