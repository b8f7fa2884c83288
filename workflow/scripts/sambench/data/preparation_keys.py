"""The keys of a preparation, and the values that they may have."""

from sambench.errors import InputError, unknown_name

KEYS = (
    "size",
    "square",
    "clip",
    "rescale",
    "zero_background",
    "dtype",
    "interpolation",
    "mask_anti_aliasing",
    "standardise",
    "slices",
)
DTYPES = ("float32", "uint8")
INTERPOLATIONS = {"linear": 1, "cubic": 3}
SLICE_KEYS = ("min_voxels", "drop_last", "min_pixels", "min_slices")

_WHERE = "preparation"
_PHOTO_KEYS = ("size", "square", "dtype")


def check_preparation(preparation: dict, kind: str) -> None:
    """Check the keys and values of a preparation, see `sambench.data.preparation`.

    A photograph has only ``size``, ``square`` and ``dtype: uint8``.

    Raises
    ------
    InputError
        If a key is unknown or a value impossible.
    """
    neutral = {"interpolation": "cubic"}
    for key, value in preparation.items():
        if key not in KEYS:
            raise unknown_name(_WHERE, "key", key, KEYS)
        changes = value and value != neutral.get(key)
        if kind == "photo" and key not in _PHOTO_KEYS and changes:
            raise _refused(key, value, "nothing: photographs keep their intensities")
    dtypes = ("uint8",) if kind == "photo" else DTYPES
    dtype = preparation.get("dtype", dtypes[0])
    if dtype not in dtypes:
        raise _refused("dtype", dtype, " or ".join(dtypes))
    _check_size(preparation.get("size"), preparation.get("square", False))
    if (limits := preparation.get("rescale")) is not None and not _is_range(limits):
        raise _refused("rescale", limits, "[low, high]")
    interpolation = preparation.get("interpolation", "cubic")
    if interpolation not in INTERPOLATIONS:
        raise _refused("interpolation", interpolation, " or ".join(INTERPOLATIONS))
    standardise = preparation.get("standardise")
    if standardise not in (None, "volume") or (standardise and dtype == "uint8"):
        raise _refused("standardise", standardise, "null, or volume with float32")
    if standardise and preparation.get("square"):
        # Padding would count in mean and deviation, and would no longer be zero.
        raise _refused("standardise", standardise, "null where slices are padded")
    if (clip := preparation.get("clip")) is not None:
        _check_clip(clip)
    if (rule := preparation.get("slices")) is not None:
        _check_slices(rule)


def _check_size(size: object, square: object) -> None:
    if not isinstance(square, bool):
        raise _refused("square", square, "true or false")
    sizes = size if isinstance(size, list | tuple) and len(size) == 2 else [size]
    if size is not None and not all(_is_count(value) for value in sizes):
        raise _refused("size", size, "pixels, [rows, columns], or null")
    if square and len(set(sizes)) > 1:
        raise _refused("size", size, "one side, as slices are padded to a square")


def _check_clip(clip: dict) -> None:
    if "window" in clip and set(clip) <= {"window", "scope", "voxels"}:
        if not _is_range(clip["window"]):
            raise _refused("clip", clip, "window: [low, high]")
        return
    percentiles = clip.get("percentiles")
    if (
        set(clip) != {"percentiles", "scope", "voxels"}
        or not _is_range(percentiles)
        or not 0 <= percentiles[0] < percentiles[1] <= 100
        or clip["scope"] not in ("slice", "volume")
        or clip["voxels"] not in ("positive", "all")
    ):
        raise _refused(
            "clip",
            clip,
            "window: [low, high], or percentiles: [low, high] within 0..100 with "
            "scope: slice or volume and voxels: positive or all",
        )


def _check_slices(rule: object) -> None:
    if not isinstance(rule, dict):
        raise _refused("slices", rule, f"null, or some of {', '.join(SLICE_KEYS)}")
    for key, value in rule.items():
        if key not in SLICE_KEYS:
            raise unknown_name(f"{_WHERE} key 'slices'", "key", key, SLICE_KEYS)
        whole = isinstance(value, bool) if key == "drop_last" else _is_count(value, 0)
        if not whole:
            expected = "true or false" if key == "drop_last" else "a whole number"
            raise _refused(f"slices.{key}", value, expected)


def _is_count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_range(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and value[0] < value[1]


def _refused(key: str, value: object, expected: str) -> InputError:
    return InputError(
        where=f"{_WHERE} key '{key}'",
        found=repr(value),
        expected=expected,
        remedy="Correct the benchmark file",
    )
