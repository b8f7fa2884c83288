"""Tiny data sets in the layouts of the public ones, made by hand for the tests."""

from pathlib import Path

import nibabel
import numpy as np
from PIL import Image

from sambench.data.datasets import find_dataset
from sambench.data.inventory import cases_of, check_cases


def inspect_dataset(dataset, root, options=None, description=None, group=None):
    """Return the inventory of a data set, or of one of its groups, and the findings."""
    dataset, root = find_dataset(dataset, description), Path(root)
    cases = dataset.find_cases(root, **(options or {}))
    chosen = cases if group is None else cases_of(group, cases, root)
    return check_cases(dataset, chosen, root)


def build_inventory(*arguments, **options):
    """Return the inventory alone of a data set, without its findings."""
    return inspect_dataset(*arguments, **options)[0]


def write_nifti(path, array, spacing=(1.0, 1.0, 1.0), affine=None):
    """Write an array ``(Z, Y, X[, channel])`` with spacing ``(z, y, x)``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = (2, 1, 0) if array.ndim == 3 else (2, 1, 0, 3)
    if affine is None:
        affine = np.diag([*spacing[::-1], 1.0])
    nibabel.save(nibabel.Nifti1Image(array.transpose(axes), affine), path)


def volume(shape=(4, 6, 5), seed=0, n_channels=None):
    """Make intensities from 1 to 999; no voxel is 0."""
    shape = shape if n_channels is None else (*shape, n_channels)
    return np.random.default_rng(seed).integers(1, 1000, shape).astype(np.int16)


def label(shape=(4, 6, 5), values=(1,)):
    """Make a mask whose slices 1 and 2 hold the values in rows 2, 3, ..."""
    mask = np.zeros(shape, np.uint8)
    for offset, value in enumerate(values):
        mask[1:3, 2 + offset, 1:3] = value
    return mask


def saml(root, cases=("RUNMC/Case00", "RUNMC/Case01", "BMC/Case00", "HK/Case38")):
    """Write a six-site prostate set with the capital S of BMC."""
    for seed, case in enumerate(cases):
        site = case.split("/")[0]
        ending = "_Segmentation" if site == "BMC" else "_segmentation"
        values = (1, 2) if site in ("RUNMC", "BMC") else (1,)
        write_nifti(root / f"{case}.nii.gz", volume(seed=seed), (3.0, 0.5, 0.4))
        mask = label(values=values)
        write_nifti(root / f"{case}{ending}.nii.gz", mask, (3.0, 0.5, 0.4))
    return root


def acdc(root, patients=("patient001", "patient002"), part="training"):
    """Write two frames a patient, and the film that has no labels."""
    for seed, patient in enumerate(patients):
        folder = root / part / patient
        for frame in ("frame01", "frame12"):
            stem = f"{patient}_{frame}"
            write_nifti(folder / f"{stem}.nii.gz", volume(seed=seed))
            write_nifti(folder / f"{stem}_gt.nii.gz", label(values=(1, 2, 3)))
        write_nifti(folder / f"{patient}_4d.nii.gz", volume(n_channels=3))
    return root


def amos(root, training=("amos_0001", "amos_0507"), validation=("amos_0008",)):
    """Write labelled Tr and Va, unlabelled Ts."""
    for part, names in (("Tr", training), ("Va", validation)):
        for seed, name in enumerate(names):
            write_nifti(root / f"images{part}/{name}.nii.gz", volume(seed=seed))
            mask = label(values=(6, 7))
            write_nifti(root / f"labels{part}/{name}.nii.gz", mask)
    write_nifti(root / "imagesTs/amos_0300.nii.gz", volume())
    return root


def msd(root, names=("prostate_00", "prostate_01")):
    """Write 4D images with two channels, and AppleDouble junk beside them."""
    for seed, name in enumerate(names):
        image = volume(seed=seed, n_channels=2)
        write_nifti(root / f"imagesTr/{name}.nii.gz", image)
        write_nifti(root / f"labelsTr/{name}.nii.gz", label(values=(1, 2)))
        for folder in ("imagesTr", "labelsTr"):
            (root / folder / f"._{name}.nii.gz").write_bytes(b"\0\5\x16\7")
    return root


def riga(root, final_newline=True):
    """Write two domains with train and test lists and two raters."""
    images = {
        "BinRushed_train": [
            "BinRushed/BinRushed1/image1",
            "BinRushed/BinRushed2/image1",
        ],
        "BinRushed_test": ["BinRushed/BinRushed1/image2"],
        "Magrabia_train": ["Magrabia/MagrabiFemale/image1"],
        "Magrabia_test": ["Magrabia/MagrabiaMale/image1"],
        "MESSIDOR_Base1_train": ["MESSIDOR_Base1/Labeled/image1"],
        "MESSIDOR_Base1_test": ["MESSIDOR_Base1/Labeled/image2"],
    }
    for seed, (name, stems) in enumerate(images.items()):
        lines = [f"RIGA/{stem}.tif,RIGA-mask/{stem}.tif" for stem in stems]
        text = "\n".join(["image,mask", *lines]) + "\n" * final_newline
        root.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.csv").write_text(text)
        for stem in stems:
            write_photo(root, stem, seed)
    (root / "MESSIDOR_Base1_unlabeled.csv").write_text("image\nRIGA/none.tif\n")
    return root


def write_photo(root, stem, seed):
    """Write a photograph ``(20, 20, 3)`` and masks whose rater 2 draws one row less."""
    path = root / f"RIGA/{stem}.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    photo = np.random.default_rng(seed).integers(0, 256, (20, 20, 3), np.uint8)
    Image.fromarray(photo).save(path)
    for rater in (1, 2):
        mask = np.zeros((20, 20), np.uint8)
        mask[4 + rater : 15, 5:17] = 255
        mask[9:12, 9:12] = 128
        path = root / f"RIGA-mask/{stem}-{rater}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(path)
