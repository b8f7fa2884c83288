"""The cardiac archive: short-axis cine at end-diastole and end-systole."""

import numpy as np

from sambench.phantoms.archive import (
    axial_affine,
    case_generator,
    nifti_bytes,
    stored_axial,
)
from sambench.phantoms.grid import Grid
from sambench.phantoms.heart import CINE, draw_chest, random_heart
from sambench.phantoms.scanner import bias_field, blur, rician, tone
from sambench.phantoms.scene import Scene

TOP = "ACDC/database"
DIASTOLE = 1
SLICE_MM = 10.0

CITATION = """# Mandatory citation

This archive is a synthetic phantom with the layout of the ACDC archive. It holds no
patient data. Work on the original has to cite Bernard et al., IEEE TMI 37 (2018).
"""


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive.

    Parameters
    ----------
    seed : int
        Seed of the archive.
    cases : int
        Training patients; a third as many, at least one, are for testing.
    size : int
        Pixels a side, about: sizes differ between patients.

    Returns
    -------
    dict of str to bytes
        Name in the archive -> content.
    """
    members = {f"{TOP}/MANDATORY_CITATION.md": CITATION.encode()}
    folders = {
        "training": range(1, cases + 1),
        "testing": range(101, 101 + max(1, cases // 3)),
    }
    for folder, numbers in folders.items():
        for number in numbers:
            patient = f"patient{number:03d}"
            stem = f"{TOP}/{folder}/{patient}"
            for name, content in _patient(seed, patient, size).items():
                members[f"{stem}/{name}"] = content
    return members


def _patient(seed: int, patient: str, size: int) -> dict[str, bytes]:
    """Draw the files of a patient."""
    rng = case_generator(seed, "acdc", patient, "info")
    systole = int(rng.integers(8, 15))
    info = {
        "ED": DIASTOLE,
        "ES": systole,
        "Group": str(rng.choice(["NOR", "DCM", "HCM", "MINF", "RV"])),
        "Height": f"{rng.normal(172, 9):.1f}",
        "NbFrame": int(rng.integers(28, 31)),
        "Weight": f"{rng.normal(76, 12):.1f}",
    }
    text = "".join(f"{key}: {value}\n" for key, value in info.items())
    files = {"Info.cfg": text.encode()}
    frames = []
    for frame in (DIASTOLE, systole):
        image, mask, affine = scan(seed, patient, frame, size)
        stem = f"{patient}_frame{frame:02d}"
        files[f"{stem}.nii.gz"] = nifti_bytes(image, affine)
        files[f"{stem}_gt.nii.gz"] = nifti_bytes(mask, affine)
        frames.append(image[::4, ::4])
    # The film is there because loaders must not take it for a case; it is kept tiny.
    film = np.stack(frames, axis=-1)
    coarse = affine @ np.diag([4.0, 4.0, 1.0, 1.0])
    files[f"{patient}_4d.nii.gz"] = nifti_bytes(film, coarse)
    return files


def scan(
    seed: int, patient: str, frame: int, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw one frame of a patient.

    Parameters
    ----------
    seed : int
        Seed of the archive.
    patient : str
        Name of the patient; frames of one patient share the anatomy and the scanner.
    frame : int
        Number of the frame; `DIASTOLE` is relaxed, any other contracted.
    size : int
        Pixels a side, about.

    Returns
    -------
    image : np.ndarray
        int16 ``(X, Y, Z)``.
    mask : np.ndarray
        uint8 ``(X, Y, Z)``.
    affine : np.ndarray
        ``(4, 4)``.
    """
    rng = case_generator(seed, "acdc", patient, "anatomy")
    heart = random_heart(rng)
    # 1.4 to 1.7 mm as in the original, at 128 pixels; the view stays at other sizes.
    pixel = rng.uniform(1.4, 1.7) * 128 / size
    rows, columns = (int(size * part) // 4 * 4 for part in rng.uniform(0.94, 1.16, 2))
    place = (rng.normal(-2, 2), *rng.normal((6, -14), 5))
    slices = int(rng.integers(6, 9))
    grid = Grid((slices, rows, columns), (SLICE_MM, pixel, pixel), place)
    grid = grid.warped(rng, 1.8, 30)
    contrast = {
        tissue: (mean * rng.normal(1, 0.06), spread)
        for tissue, (mean, spread) in CINE.items()
    }
    gamma, noise, shade = rng.uniform((0.8, 20, 0.12), (1.3, 50, 0.25))
    bias = bias_field(rng, grid, shade)
    scene = Scene(grid, [contrast], rng)
    draw_chest(scene, rng, heart, systole=frame != DIASTOLE)

    own = case_generator(seed, "acdc", patient, f"frame{frame}")
    image = blur(tone(scene.images[0], gamma, 1000), pixel, 1.2) * bias
    image = rician(own, image, noise) * 0.4
    image = np.clip(image, 0, 32767).astype(np.int16)
    affine = axial_affine(grid.shape, grid.spacing)
    return stored_axial(image), stored_axial(scene.labels), affine
