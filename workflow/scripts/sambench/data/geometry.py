"""Compare the grids of volumes as stored, and turn volumes that belong together.

Nothing is turned by its own header alone: that would hide that two headers disagree.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from nibabel.orientations import (
    aff2axcodes,
    apply_orientation,
    inv_ornt_aff,
    io_orientation,
)

from sambench.data.volume import Volume, in_words, voxel_sizes

#: Largest difference between the headers of one grid: of spacing, as a part of the
#: spacing, and of direction cosines. Writers round headers to about 1e-5.
GEOMETRY_TOLERANCE = 1e-3

#: Largest distance in voxels between the places of one voxel in two headers.
PLACE_TOLERANCE = 0.5

#: The turn of a volume that is left as it is stored.
NO_TURN = np.array([[0, 1], [1, 1], [2, 1]])


def in_other_order(
    given: Sequence[float] | None, stored: Sequence[float] | None
) -> bool:
    """Return whether a spacing is that of a header, but for the order of its axes."""
    if given is None or stored is None:
        return False

    def alike(one: Sequence[float], other: Sequence[float]) -> bool:
        return np.allclose(one, other, rtol=GEOMETRY_TOLERANCE, atol=0)

    return alike(sorted(given), sorted(stored)) and not alike(given, stored)


def shear(affine: np.ndarray) -> float:
    """Return by how many degrees the axes miss a right angle, at most."""
    axes = affine[:3, :3] / voxel_sizes(affine)
    cosines = np.abs(axes.T @ axes - np.eye(3)).max()
    return float(np.degrees(np.arcsin(min(cosines, 1.0))))


def difference(affine: np.ndarray, reference: np.ndarray) -> str | None:
    """Compare the header of a volume with that of another of the same shape.

    Parameters
    ----------
    affine, reference : np.ndarray
        ``(4, 4)``, as stored.

    Returns
    -------
    str or None
        "spacing ..., expected ...", or the like of directions; None if both are equal.
        Where the grids begin is compared by `displacement`.
    """
    sizes, wanted = voxel_sizes(affine), voxel_sizes(reference)
    if not np.allclose(sizes, wanted, rtol=GEOMETRY_TOLERANCE, atol=0):
        return f"spacing {in_words(sizes)} mm, expected {in_words(wanted)}"
    axes = affine[:3, :3] / sizes
    if not np.allclose(
        axes, reference[:3, :3] / wanted, rtol=0, atol=GEOMETRY_TOLERANCE
    ):
        return f"directions {axis_codes(affine)}, expected {axis_codes(reference)}"
    return None


def displacement(
    affine: np.ndarray, reference: np.ndarray, shape: tuple[int, ...]
) -> float:
    """Return how far apart two headers place the middle of a grid, in voxels.

    Both are ``(4, 4)``, of equal spacing and directions; `shape` is ``(x, y, z)``.
    """
    middle = np.append((np.array(shape) - 1) / 2, 1)
    apart = ((affine - reference) @ middle)[:3]
    return float(np.abs(np.linalg.solve(reference[:3, :3], apart)).max())


def header_differs(
    affine: np.ndarray, reference: np.ndarray, shape: tuple[int, ...]
) -> bool:
    """Check whether two headers place the voxels of a grid differently."""
    return (
        difference(affine, reference) is not None
        or displacement(affine, reference, shape) > PLACE_TOLERANCE
    )


def matched(volume: Volume, affine: np.ndarray, shape: tuple[int, ...]) -> Volume:
    """Store a volume in the order of a grid, if both are of the same voxels.

    Programs write one grid in several orders (RAS, LPS, slices first). That is undone
    here, by flips and swaps of axes alone, if each voxel then is at its place; else the
    volume is returned as it is.

    Parameters
    ----------
    volume : Volume
        To be reordered.
    affine : np.ndarray
        ``(4, 4)`` of the grid whose order is taken.
    shape : tuple of int
        ``(x, y, z)`` of that grid.
    """
    steps = np.linalg.solve(affine, volume.affine)[:3, :3]
    turn = np.rint(steps)
    if np.array_equal(turn, np.eye(3)) or not _is_turn(turn, steps):
        return volume
    ornt = np.stack([np.abs(turn).argmax(axis=0), turn.sum(axis=0)], axis=1)
    same = turned(volume, ornt)
    fits = same.array.shape[::-1] == tuple(shape)
    if fits and displacement(same.affine, affine, shape) <= PLACE_TOLERANCE:
        return same
    return volume


def turn_to_ras(affine: np.ndarray) -> np.ndarray:
    """Return the turn that brings a header closest to RAS.

    Returns
    -------
    np.ndarray
        ``(3, 2)``: of each stored axis x, y, z the one that it becomes, and 1, or -1
        for a flip.
    """
    return io_orientation(affine)


def turned(volume: Volume, turn: np.ndarray) -> Volume:
    """Turn a volume.

    Parameters
    ----------
    volume : Volume
        As stored; it may lack a header.
    turn : np.ndarray
        ``(3, 2)``, see `turn_to_ras`.
    """
    if np.array_equal(turn, NO_TURN):
        return volume
    stored, affine = volume.array.transpose(2, 1, 0), volume.affine
    array = np.ascontiguousarray(apply_orientation(stored, turn).transpose(2, 1, 0))
    if affine is not None:
        affine = affine @ inv_ornt_aff(turn, stored.shape)
    return replace(volume, array=array, affine=affine)


def _is_turn(turn: np.ndarray, steps: np.ndarray) -> bool:
    """Check for flips and swaps of axes, within rounding."""
    return (
        np.allclose(steps, turn, rtol=0, atol=GEOMETRY_TOLERANCE)
        and (np.abs(turn).sum(axis=0) == 1).all()
        and (np.abs(turn).sum(axis=1) == 1).all()
    )


def axis_codes(affine: np.ndarray) -> str:
    """Return where the axes x, y and z point to, such as ``LPS``."""
    return "".join(code or "?" for code in aff2axcodes(affine))
