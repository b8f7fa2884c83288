"""The look-up table from label values to structures."""

import numpy as np

_N_LABELS = 256


def label_table(structures: dict[str, list[int]]) -> np.ndarray:
    """Make the look-up table from label value to structures.

    Parameters
    ----------
    structures : dict
        Name of the structure to its label values.

    Returns
    -------
    np.ndarray
        ``(C, 256)`` bool.
    """
    table = np.zeros((len(structures), _N_LABELS), bool)
    for channel, values in enumerate(structures.values()):
        table[channel, list(values)] = True
    return table
