"""Turn volumes whose headers do not say, or say wrongly, how the patient lies."""

import nibabel
import numpy as np
from nibabel.orientations import axcodes2ornt

from sambench.data.readers import Volume

AS_READ = (None, "stored", "canonical")


def turned(volume: Volume, axes: str | None) -> Volume:
    """Turn a volume to RAS by the stated directions of its axes.

    Parameters
    ----------
    volume : Volume
        ``(Z, Y, X)``, as stored.
    axes : str or None
        Three letters: where the stored axes x, y and z point to. `AS_READ` leaves the
        volume alone.
    """
    if axes in AS_READ:
        return volume
    stated = axcodes2ornt(axes)
    array = volume.array.transpose(2, 1, 0)
    ras = nibabel.apply_orientation(array, stated)
    order = np.argsort(stated[:, 0])  # stored axis of each of x, y, z in RAS
    steps = np.array(volume.spacing[::-1])[order.astype(int)]
    z, y, x = (float(step) for step in steps[::-1])
    ordered = np.ascontiguousarray(ras.transpose(2, 1, 0))
    return Volume(ordered, (z, y, x), np.diag([x, y, z, 1.0]))
