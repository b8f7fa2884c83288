"""Random maps of intensities by cubic Bezier curves (SLAug, code at 03ffa00)."""

import torch
from torch import Tensor

SAMPLES = 100_000


def bezier_curve(points: Tensor, samples: int = SAMPLES) -> tuple[Tensor, Tensor]:
    """Sample curves at equidistant parameters, from the last control point backwards.

    Parameters
    ----------
    points : Tensor, `(G, 4, 2)`
        Control points (x, y) of each curve.
    samples : int
        Points of a curve.

    Returns
    -------
    x, y : Tensor, `(G, samples)`
        Not sorted.
    """
    t = torch.linspace(0, 1, samples, dtype=torch.float64, device=points.device)
    s = 1 - t
    weights = torch.stack([t**3, 3 * t**2 * s, 3 * t * s**2, s**3]).to(points.dtype)
    return points[..., 0] @ weights, points[..., 1] @ weights


def intensity_map(
    points: Tensor, inverted: Tensor, samples: int = SAMPLES
) -> tuple[Tensor, Tensor]:
    """Make a map of intensities of each curve.

    Both coordinates are sorted, which makes the map increase. Of an inverted one only x
    is: it then falls, not always monotonically.

    Parameters
    ----------
    points : Tensor, `(G, 4, 2)`
        Control points.
    inverted : Tensor of bool, `(G,)`
        Whether y keeps its order.
    samples : int
        Points of a curve.

    Returns
    -------
    x, y : Tensor, `(G, samples)`
        x never falls.
    """
    x, y = bezier_curve(points, samples)
    return x.sort(1).values, torch.where(inverted[:, None], y, y.sort(1).values)


def look_up(values: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Interpolate linearly between the points of maps, as `numpy.interp` does.

    Parameters
    ----------
    values : Tensor, `(G, P)`
        Intensities.
    x, y : Tensor, `(G, S)`
        Maps, of which x never falls.

    Returns
    -------
    Tensor, `(G, P)`
        The ends of the map stand for what lies beyond them.
    """
    right = torch.searchsorted(x, values.contiguous()).clamp(1, x.shape[1] - 1)
    x0, x1 = x.gather(1, right - 1), x.gather(1, right)
    y0, y1 = y.gather(1, right - 1), y.gather(1, right)
    width = x1 - x0
    share = torch.where(width > 0, (values - x0) / width.clamp_min(1e-30), 1)
    return y0 + share.clamp(0, 1) * (y1 - y0)
