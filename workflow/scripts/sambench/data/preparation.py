"""Bring volumes and photographs to the intensities and the size of a benchmark.

A preparation is the dict of a benchmark file::

    clip: {percentiles: [low, high], scope: slice | volume, voxels: positive | all}
          or {window: [low, high]}, the same for all voxels, or null
    rescale: [low, high] or null
    zero_background: true | false
    dtype: float32 | uint8
    square: true | false, zeros at the bottom or the right up to the longer side
    size: <int> or null
    interpolation: cubic | linear, of images within the slice
    mask_anti_aliasing: true | false
    standardise: volume | null, to mean 0 and deviation 1
    slices: which slices are kept, see `sambench.data.slice_choice`

and is applied in this order. Nothing is resampled when the native size is the wanted
one. Volumes are worked on slice by slice, so that memory stays near that of the file.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from PIL import Image

from sambench.data.slice_size import packed_size, pad_slice

INTERPOLATIONS = {"linear": 1, "cubic": 3}
"""Name to the order of the spline."""

Bounds = tuple[float, float]


def prepare_volume(
    volume: np.ndarray, preparation: dict, slices: Sequence[int] | None = None
) -> np.ndarray:
    """Prepare an image volume.

    Parameters
    ----------
    volume : np.ndarray
        ``(Z, Y, X)`` intensities as read from the file.
    preparation : dict
        See the module. Percentiles are NumPy's linear ones; with ``voxels: positive``
        they are taken over, and change, only voxels above 0, as DAPSAM does. Rescaling
        maps the least and greatest value of the volume, in double precision.
        ``zero_background`` sets to 0 what was 0 in the file, as MedSAM does. ``uint8``
        truncates towards zero after limiting to 0..255, before and after resizing, also
        as MedSAM does. Resizing has anti-aliasing when shrinking and, without
        ``square``, ignores the aspect ratio. Standardising comes last, over the voxels
        that are returned.
    slices : sequence of int or None
        Slices to return; what is of the volume is still taken over all. None: all.

    Returns
    -------
    np.ndarray
        ``(n, H, W)`` of the preparation's dtype.
    """
    limits = preparation.get("rescale")
    dtype = np.dtype(preparation.get("dtype", "float32"))
    chosen = range(len(volume)) if slices is None else slices
    size = packed_size(preparation, *volume.shape[1:])
    order = INTERPOLATIONS[preparation.get("interpolation", "cubic")]
    clipped = _clipping(volume, preparation.get("clip"), exact=limits is not None)
    span = _span(clipped(plane) for plane in volume) if limits is not None else None
    out = np.empty((len(chosen), *size), dtype)
    for plane, index in zip(out, chosen, strict=True):
        image = clipped(volume[index])
        if span is not None:
            image = _rescale(image, span, limits)
        if preparation.get("zero_background"):
            image = np.where(volume[index] == 0, 0, image)
        image = pad_slice(_cast(image, dtype), preparation)
        if image.shape != size:
            image = _cast(_resize_image(image, size, order), dtype)
        plane[:] = image
    if preparation.get("standardise"):
        _standardise(out)
    return out


def prepare_mask(mask: np.ndarray, preparation: dict) -> np.ndarray:
    """Bring the masks of a volume to the size of its prepared image.

    Parameters
    ----------
    mask : np.ndarray
        ``(Z, Y, X)`` uint8 label values. With ``mask_anti_aliasing``, one structure
        as 0 and one other value.
    preparation : dict
        Only ``square``, ``size`` and ``mask_anti_aliasing`` matter: nearest neighbour;
        with anti-aliasing, what shrinking leaves below the full value is lost, as in
        the first code of MedSAM v0 (a disc of radius 40 loses 12 percent at half its
        size).

    Returns
    -------
    np.ndarray
        ``(Z, H, W)`` uint8.
    """
    size = packed_size(preparation, *mask.shape[1:])
    if size == mask.shape[1:]:
        return mask
    from skimage.transform import resize

    smooth = bool(preparation.get("mask_anti_aliasing"))
    value = int(mask.max(initial=0))
    out = np.empty((len(mask), *size), np.uint8)
    for plane, native in zip(out, mask, strict=True):
        labels = pad_slice(native, preparation)
        if labels.shape == size:
            plane[:] = labels
            continue
        source = (labels > 0).astype(np.uint8) if smooth else labels
        resized = resize(
            source, size, order=0, preserve_range=True, anti_aliasing=smooth
        ).astype(np.uint8)
        plane[:] = resized * value if smooth else resized
    return out


def prepare_photo(array: np.ndarray, preparation: dict) -> np.ndarray:
    """Bring a photograph, or its mask, to size by Pillow, as DAPSAM does.

    Parameters
    ----------
    array : np.ndarray
        ``(H, W, 3)`` uint8, which is resized bicubically, or a mask ``(H, W)`` uint8,
        of which the nearest neighbour is taken.
    preparation : dict
        Only ``square``, ``size``, and ``dtype: uint8``, are allowed.

    Returns
    -------
    np.ndarray
        ``(H, W, 3)`` or ``(H, W)`` uint8.
    """
    rows, columns = packed_size(preparation, *array.shape[:2])
    array = pad_slice(array, preparation)
    if (rows, columns) == array.shape[:2]:
        return array
    kinds = Image.Resampling
    resampling = kinds.BICUBIC if array.ndim == 3 else kinds.NEAREST
    return np.asarray(Image.fromarray(array).resize((columns, rows), resampling))


def _clipping(
    volume: np.ndarray, clip: dict | None, exact: bool
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what clips a slice of a volume: in float32, or in float64 to be `exact`.

    Rounding would show after rescaling.
    """
    by_slice = clip is not None and "window" not in clip and clip["scope"] == "slice"
    whole = None if clip is None or by_slice else _bounds(volume, clip)

    def clipped(plane: np.ndarray) -> np.ndarray:
        image = plane.astype(np.float32, copy=False)
        bounds = _bounds(image, clip) if by_slice else whole
        if bounds is None:
            return image
        image = image.astype(np.float64) if exact else image
        low, high = bounds
        if clip.get("voxels") != "positive" or "window" in clip:
            return np.clip(image, low, high)
        # Both limits are above 0, so the upper one leaves the other voxels alone.
        limited = np.minimum(image, high)
        np.copyto(limited, low, where=(image > 0) & (image < low))
        return limited

    return clipped


def _bounds(part: np.ndarray, clip: dict) -> Bounds | None:
    """Return the limits of a slice or a volume; None if nothing is above 0."""
    if "window" in clip:
        return tuple(clip["window"])
    values = part[part > 0] if clip["voxels"] == "positive" else part
    if not values.size:
        return None
    return tuple(np.percentile(values, clip["percentiles"]).tolist())


def _span(planes: Iterable[np.ndarray]) -> Bounds:
    """Return the least and the greatest value of slices."""
    extremes = [(float(plane.min()), float(plane.max())) for plane in planes]
    return min(low for low, _ in extremes), max(high for _, high in extremes)


def _rescale(image: np.ndarray, span: Bounds, limits: Sequence[float]) -> np.ndarray:
    least, greatest = span
    low, high = limits
    if least == greatest:
        return np.full_like(image, low)
    image = image.astype(np.float64, copy=False)
    return (image - least) / (greatest - least) * (high - low) + low


def _cast(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype == np.uint8:
        array = np.clip(array, 0, 255)
    return array.astype(dtype, copy=False)


def _resize_image(plane: np.ndarray, size: tuple[int, int], order: int) -> np.ndarray:
    from skimage.transform import resize

    shrinking = size[0] < plane.shape[0] or size[1] < plane.shape[1]
    return resize(
        plane, size, order=order, preserve_range=True, anti_aliasing=shrinking
    )


def _standardise(volume: np.ndarray) -> None:
    """Change a float32 volume in place."""
    if not volume.size:
        return
    mean, deviation = volume.mean(dtype=np.float64), volume.std(dtype=np.float64)
    volume -= np.float32(mean)
    if deviation > 0:
        volume /= np.float32(deviation)
