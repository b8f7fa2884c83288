"""BraTS 2021: MR of brain tumours, labels 1 necrosis, 2 oedema, 4 enhancing.

Layout: ``[.../]BraTS2021_XXXXX/BraTS2021_XXXXX_{flair,t1,t1ce,t2,seg}.nii.gz``. The
whole tumour is every label above 0; later editions number the enhancing part 3.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired
from sambench.errors import unknown_name

SEQUENCES = ("flair", "t1", "t1ce", "t2")


def find_cases(root: Path, sequence: str = "flair") -> list[Case]:
    """List the labelled patients, group named after the sequence.

    Parameters
    ----------
    root : Path
        Folder above the patients' folders.
    sequence : str
        One of `SEQUENCES`.

    Raises
    ------
    InputError
        If the sequence is unknown or there is no labelled case.
    """
    if sequence not in SEQUENCES:
        where = "brats2021 option 'sequence'"
        raise unknown_name(where, "sequence", str(sequence), SEQUENCES)
    root = Path(root)
    name = r"(?:.*/)?(BraTS2021_\d+)"
    images = found_below(root, rf"{name}_{sequence}\.nii(?:\.gz)?")
    masks = found_below(root, rf"{name}_seg\.nii(?:\.gz)?")
    if not masks:
        pattern = f"BraTS2021_XXXXX_{sequence}.nii.gz with BraTS2021_XXXXX_seg.nii.gz"
        raise no_cases("brats2021", root, pattern)
    stem = "{name}/{name}_"
    expected = (f"{stem}{sequence}.nii.gz", f"{stem}seg.nii.gz")
    return paired(root, masks, images, masks, expected, group=sequence)


DATASET = Dataset(
    id="brats2021",
    kind="volume",
    labels=frozenset({0, 1, 2, 3, 4}),
    find_cases=find_cases,
    options=("sequence",),
)
