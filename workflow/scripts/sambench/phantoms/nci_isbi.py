"""NCI-ISBI 2013: masks as NRRD, images as DICOM of the NBIA Data Retriever."""

import gzip

import numpy as np

from sambench.phantoms.archive import axial_affine, case_generator
from sambench.phantoms.dicom import dicom_slice
from sambench.phantoms.small import Part, body, draw_parts

SPACING = (3.0, 1.5, 1.5)

_ZONES = [
    Part(520, (0.5, 0.5, 0.5), (0.35, 0.19, 0.22), 1),
    Part(430, (0.5, 0.48, 0.5), (0.3, 0.12, 0.13), 2),
]


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive, see `write_phantom`.

    Each site has the first `cases` of its ids.

    Raises
    ------
    InputError
        If a site has fewer.
    """
    members = {}
    for scanner in ("Prostate3T", "ProstateDx"):
        for part in ("01", "03"):
            for number in range(1, cases + 1):
                name = f"{scanner}-{part}-{number:04d}"
                rng = case_generator(seed, "nci_isbi", name)
                image, labels = draw_parts(rng, size, [body(300), *_ZONES])
                # One of the real masks is called so.
                suffix = "_correctedLabels" if number == 2 else ""
                members[f"masks/{name}{suffix}.nrrd"] = nrrd_bytes(labels, SPACING)
                members |= _series(f"images/{name}/study/t2", image)
    return members


def nrrd_bytes(labels: np.ndarray, spacing: tuple[float, float, float]) -> bytes:
    """Return the bytes of a file with a mask, on the grid of the series.

    Parameters
    ----------
    labels : np.ndarray
        ``(Z, Y, X)`` uint8.
    spacing : tuple of float
        ``(z, y, x)`` in mm.
    """
    z, y, x = spacing
    left, back, up = _first(labels.shape, spacing)
    sizes = " ".join(str(n) for n in labels.shape[::-1])
    header = [
        "NRRD0004",
        "type: unsigned char",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {sizes}",
        f"space directions: ({x},0,0) (0,{y},0) (0,0,{z})",
        "kinds: domain domain domain",
        "encoding: gzip",
        f"space origin: ({left},{back},{up})",
    ]
    text = "\n".join(header) + "\n\n"
    voxels = labels.astype(np.uint8).tobytes()
    return text.encode() + gzip.compress(voxels, mtime=0)


def _first(
    shape: tuple[int, ...], spacing: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return the centre of the first voxel: left, posterior, superior in mm."""
    x, y, z = axial_affine(shape, spacing)[:3, 3]
    return -float(x), -float(y), float(z)


def _series(folder: str, image: np.ndarray) -> dict[str, bytes]:
    left, back, up = _first(image.shape, SPACING)
    return {
        f"{folder}/1-{len(image) - number:02d}.dcm": dicom_slice(
            image[number].astype(np.int16),
            position=(left, back, up + number * SPACING[0]),
            spacing=SPACING[1:],
            series=1,
            number=number + 1,
        )
        for number in range(len(image))
    }
