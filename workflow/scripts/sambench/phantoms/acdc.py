"""The cardiac archive: short-axis cine at end-diastole and end-systole."""

import numpy as np

from sambench.phantoms.archive import case_generator, nifti_bytes, stored_as
from sambench.phantoms.bodies import Grid, paint
from sambench.phantoms.heart import CINE, chest, random_heart
from sambench.phantoms.scanner import bias_field, blur, rician, scattered, texture, tone

TOP = "ACDC/database"
DIASTOLE = 1
SLICE_MM = 10.0

CITATION = """# Mandatory citation

This archive is a synthetic phantom with the layout of the ACDC archive. It holds no
patient data. Work on the original has to cite Bernard et al., IEEE TMI 37 (2018).
"""


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive, see `write_phantom`.

    Each site has the first `cases` of its ids.

    Raises
    ------
    InputError
        If a site has fewer.
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
    """Draw one frame of a patient; frames share the anatomy and the scanner.

    Returns
    -------
    tuple of np.ndarray
        Image int16 and mask uint8 ``(X, Y, Z)``, affine ``(4, 4)``.
    """
    rng = case_generator(seed, "acdc", patient, "anatomy")
    heart = random_heart(rng)
    # 1.4 to 1.7 mm as in the original, at 128 pixels; the view stays at other sizes.
    pixel = rng.uniform(1.4, 1.7) * 128 / size
    rows, columns = (int(size * part) // 4 * 4 for part in rng.uniform(0.94, 1.16, 2))
    place = (rng.normal(-2, 2), *rng.normal((6, -14), 5))
    shape = (int(rng.integers(6, 9)), rows, columns)
    grid = Grid(shape, (SLICE_MM, pixel, pixel), place).bent(rng, 1.8, 30)
    gamma, noise, shade = rng.uniform((0.8, 20, 0.12), (1.3, 50, 0.25))
    gain = bias_field(rng, grid, shade) * (1 + 0.07 * texture(rng, grid, 6))
    contrast = scattered(rng, CINE, 0.06)
    parts = chest(rng, grid, heart, systole=frame != DIASTOLE)
    images, labels = paint(rng, grid, parts, [contrast], jitter=0.02)
    image = blur(tone(images[0], gamma, 1000), pixel, 1.2) * gain
    image = rician(case_generator(seed, "acdc", patient, f"frame{frame}"), image, noise)
    image = np.clip(image * 0.4, 0, 32767).astype(np.int16)
    return stored_as("LPS", image, labels, grid.spacing)
