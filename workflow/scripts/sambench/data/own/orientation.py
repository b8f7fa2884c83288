"""Turn volumes whose headers do not say, or say wrongly, how the patient lies."""

import numpy as np
from nibabel.orientations import axcodes2ornt

AS_READ = (None, "stored", "canonical")


def stated_turn(axes: str) -> np.ndarray:
    """Return the turn to RAS of volumes with stated directions.

    Parameters
    ----------
    axes : str
        Three letters: where the stored axes x, y and z point to.

    Returns
    -------
    np.ndarray
        ``(3, 2)``, see `sambench.data.geometry.turn_to_ras`.
    """
    return axcodes2ornt(axes)
