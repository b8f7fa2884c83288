"""Measures of single masks, score rows of a target, and score files."""

import dataclasses
import json
from math import sqrt

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from medpy.metric import binary
from scipy.ndimage import binary_erosion, gaussian_filter, generate_binary_structure

from every_view import score_target
from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.errors import InputError
from sambench.metrics.measures import Measurement, image_diagonal, measure
from sambench.metrics.names import (
    FAMILIES,
    NAMED,
    best_value,
    lower_is_better,
    metric_id,
    metric_label,
    metric_unit,
)
from sambench.metrics.scores_file import SCHEMA, read_many, read_scores, write_scores
from sambench.metrics.surface import (
    joint_bounding_box,
    surface_distances,
    surface_voxels,
)
from sambench.settings.schema import load_schema

SPACING = {2: (0.7, 1.3), 3: (3.0, 0.6, 0.8)}
SHAPE = {2: (48, 61), 3: (11, 40, 37)}
IDENTITY = {
    "benchmark": "prostate",
    "method": "erm",
    "source": "A",
    "target": "B",
    "seed": 3,
}


def blobs(ndim, seed):
    """Two overlapping random masks with ragged surfaces and several components."""
    rng = np.random.default_rng(seed)
    shared = gaussian_filter(rng.normal(size=SHAPE[ndim]), 2)
    return tuple(
        shared + 0.5 * gaussian_filter(rng.normal(size=SHAPE[ndim]), 2)
        > 1.2 * shared.std()
        for _ in range(2)
    )


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_measures_equal_medpy(ndim, seed):
    prediction, label = blobs(ndim, seed)
    result = measure(prediction, label, SPACING[ndim], 2.0)
    assert result.outcome == "scored"
    assert result.dice == pytest.approx(100 * binary.dc(prediction, label))
    assert result.hd95_pooled == pytest.approx(
        binary.hd95(prediction, label, SPACING[ndim])
    )
    assert result.assd == pytest.approx(binary.assd(prediction, label, SPACING[ndim]))


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.filterwarnings("ignore::FutureWarning:monai")
def test_nsd_equals_monai(ndim, seed):
    # MONAI counts surface voxels as we do as long as use_subvoxels is off, and crops
    # with a margin. The tolerance is one that no distance equals: MONAI is in float32.
    torch = pytest.importorskip("torch")
    from monai.metrics import compute_surface_dice

    prediction, label = (np.pad(mask, 2) for mask in blobs(ndim, seed))
    reference = compute_surface_dice(
        torch.tensor(prediction)[None, None],
        torch.tensor(label)[None, None],
        class_thresholds=[1.05],
        include_background=True,
        spacing=SPACING[ndim],
    )
    result = measure(prediction, label, SPACING[ndim], 1.05)
    assert 20 < result.nsd < 100
    assert result.nsd == pytest.approx(100 * reference.item(), rel=1e-5)


def test_measures_of_two_voxels_apart():
    # Two voxels against one, 2 mm along x: distances 0 and 2 there, 0 back.
    prediction, label = np.zeros((2, 1, 3, 5), dtype=bool)
    prediction[0, 1, 1:3] = True
    label[0, 1, 1] = True
    result = measure(prediction, label, (3.0, 1.0, 2.0), 1.9)
    assert result.dice == pytest.approx(100 * 2 / 3)
    assert result.assd == pytest.approx(2 / 3)
    assert result.nsd == pytest.approx(100 * 2 / 3)
    assert result.hd95_pooled == pytest.approx(1.8)  # 95th percentile of 0, 0, 2
    assert measure(prediction, label, (3.0, 1.0, 2.0), 2.0).nsd == 100


def test_tolerance_includes_a_distance_that_is_equal_but_for_rounding():
    first, second = np.zeros((2, 8, 3), dtype=bool)
    first[0, 0], second[3, 0] = True, True  # 3 * 0.1 > 0.3 in floating point
    assert measure(first, second, (0.1, 1.0), 0.3).nsd == 100
    assert measure(first, second, (0.1, 1.0), 0.299).nsd == 0


def test_perfect_prediction():
    _, label = blobs(3, 0)
    result = measure(label.copy(), label, SPACING[3], 2.0)
    assert (result.dice, result.nsd, result.hd95_pooled, result.assd) == (
        100,
        100,
        0,
        0,
    )


def test_both_empty_is_not_applicable():
    empty = np.zeros((4, 5, 6), dtype=bool)
    result = measure(empty, empty, (1.0, 1.0, 1.0), 2.0)
    assert result.outcome == "both_empty"
    assert np.isnan([result.dice, result.nsd, result.hd95_pooled, result.assd]).all()


@pytest.mark.parametrize("outcome", ["missed", "false_positive"])
def test_failures_score_zero_and_the_image_diagonal(outcome):
    empty, full = np.zeros((2, 4, 10, 20), dtype=bool)
    full[1, 2, 3] = True
    pair = (empty, full) if outcome == "missed" else (full, empty)
    result = measure(*pair, (3.0, 0.5, 0.8), 2.0)
    diagonal = sqrt(12**2 + 5**2 + 16**2)
    assert result.outcome == outcome
    assert (result.dice, result.nsd) == (0, 0)
    assert result.hd95_pooled == result.assd == pytest.approx(diagonal)


def test_no_overlap_is_scored_and_no_failure():
    first, second = np.zeros((2, 6, 6), dtype=bool)
    first[0, 0], second[5, 5] = True, True
    result = measure(first, second, (1.0, 1.0), 2.0)
    assert (result.outcome, result.dice, result.nsd) == ("scored", 0, 0)
    assert result.assd == pytest.approx(sqrt(50))


@pytest.mark.parametrize("ndim", [2, 3])
def test_cropping_changes_nothing(ndim):
    prediction, label = blobs(ndim, 7)
    small = measure(prediction, label, SPACING[ndim], 2.0)
    rim = [(5, 3)] * ndim
    large = measure(np.pad(prediction, rim), np.pad(label, rim), SPACING[ndim], 2.0)
    assert large == small
    box = joint_bounding_box(prediction, label)
    whole = surface_distances(prediction, label, SPACING[ndim])
    cropped = surface_distances(prediction[box], label[box], SPACING[ndim])
    for one, other in zip(whole, cropped, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("ndim", [2, 3])
def test_surface_is_the_mask_without_its_erosion(ndim):
    mask, _ = blobs(ndim, 1)
    structure = generate_binary_structure(ndim, 1)
    np.testing.assert_array_equal(
        surface_voxels(mask), mask & ~binary_erosion(mask, structure)
    )


def test_bounding_box_is_tight():
    first, second = np.zeros((2, 6, 7, 8), dtype=bool)
    first[1, 2, 3], second[4, 2, 6] = True, True
    assert joint_bounding_box(first, second) == (slice(1, 5), slice(2, 3), slice(3, 7))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prediction": np.zeros((4, 5), dtype=np.uint8)}, "uint8"),
        ({"prediction": np.zeros((4, 6), dtype=bool)}, r"\(4, 6\)"),
        ({"spacing": (1.0, 1.0, 1.0)}, "2 positive numbers"),
        ({"spacing": (1.0, 0.0)}, "positive"),
        ({"spacing": (1.0, float("nan"))}, "positive"),
        ({"tolerance": -1.0}, "tolerance"),
    ],
)
def test_bad_input_is_named(change, words):
    arguments = {
        "prediction": np.zeros((4, 5), dtype=bool),
        "label": np.ones((4, 5), dtype=bool),
        "spacing": (1.0, 1.0),
        "tolerance": 2.0,
    }
    with pytest.raises(InputError, match=words):
        measure(**(arguments | change))


def test_names_carry_the_tolerance():
    assert metric_id("nsd", 2.0, "mm") == "nsd_2mm"
    assert metric_id("nsd", 1.5, "px") == "nsd_1.5px"
    assert metric_label("nsd_1.5px") == "NSD at 1.5 px"
    with pytest.raises(InputError, match="hd95_pooled"):
        metric_id("hd95", 2.0, "mm")


def test_every_family_is_measured_and_may_be_listed_and_a_perfect_mask_has_its_best():
    fields = [field.name for field in dataclasses.fields(Measurement)]
    assert [*FAMILIES, "outcome"] == fields
    enum = load_schema("protocol")["properties"]["metrics"]["items"]["enum"]
    assert set(enum) == set(NAMED)
    mask = np.zeros((8, 8), bool)
    mask[2:6, 2:6] = True
    perfect, worse = (measure(m, mask, (1, 1), 1) for m in (mask, np.roll(mask, 3)))
    for name in FAMILIES:
        metric = metric_id(name, 1, "mm")
        best, bad = getattr(perfect, name), getattr(worse, name)
        assert best == best_value(metric)
        assert (bad > best) == lower_is_better(metric)
        assert (metric_unit(metric, "mm") == "mm") == FAMILIES[name].distance


# Score rows of a target


def pack(folder, masks, cases, kind="volume", structures=None):
    """Write packed slices; `cases` gives the case of each slice."""
    masks = np.asarray(masks, dtype=np.uint8)
    structures = structures or {"gland": [1, 2], "zone": [2]}
    values = sorted({value for listed in structures.values() for value in listed})
    volume = kind == "volume"
    images = masks.astype(np.float32) if volume else np.stack([masks] * 3, axis=-1)
    counts = pd.Series(cases).groupby(cases).cumcount()
    slices = pd.DataFrame(
        {
            "case": cases,
            "patient": cases,
            "split": "all",
            "slice": counts.to_numpy(),
            "foreground": np.isin(masks, values).any(axis=(1, 2)),
            "native_rows": masks.shape[1],
            "native_columns": masks.shape[2],
            "spacing_z": 3.0 if volume else 1.0,
            "spacing_y": 0.5 if volume else 1.0,
            "spacing_x": 0.8 if volume else 1.0,
        }
    )
    folder.mkdir(parents=True)
    arrays = {"images": images, "masks": masks}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    slices.to_parquet(folder / "slices.parquet")
    description = {
        "benchmark": "prostate",
        "domain": "B",
        "kind": kind,
        "unit": "mm" if volume else "px",
        "structures": structures,
        "data_source": "synthetic",
        "preparation": {},
        "arrays": {
            name: {"shape": list(array.shape), "dtype": str(array.dtype)}
            for name, array in arrays.items()
        },
    }
    (folder / "domain.json").write_text(json.dumps(description))
    return PackedSlices(folder)


@pytest.fixture
def volumes(tmp_path):
    """Case p: 4 slices, gland on 1 and 2, zone on 2; case q: 3 slices, nothing."""
    masks = np.zeros((7, 10, 20), dtype=np.uint8)
    masks[1, 2:6, 2:6] = 1
    masks[2, 2:6, 2:6] = 1
    masks[2, 3:5, 3:5] = 2
    return pack(tmp_path / "B", masks, ["p"] * 4 + ["q"] * 3)


def copied(packed):
    rows = np.arange(len(packed))
    masks = packed.structure_masks(rows)
    return Predictions(rows, masks, list(packed.structures))


def value(scores, case, structure, slices, metric):
    keys = ["case", "structure", "slices", "metric"]
    row = scores.set_index(keys).loc[(case, structure, slices, metric)]
    return row["value"], row["outcome"]


def test_oracle_scores_perfectly_and_empty_cases_do_not_apply(volumes):
    scores = score_target(volumes, copied(volumes), IDENTITY, 2.0)
    assert list(scores.columns) == SCHEMA.names
    assert len(scores) == 2 * 2 * 2 * 4  # cases, structures, policies, metrics
    for policy in ("all", "foreground"):
        assert value(scores, "p", "gland", policy, "dice") == (100, "scored")
        assert value(scores, "p", "zone", policy, "assd") == (0, "scored")
        dice, outcome = value(scores, "q", "zone", policy, "dice")
        assert (np.isnan(dice), outcome) == (True, "both_empty")
    assert set(scores["unit"][scores["metric"] == "nsd_2mm"]) == {"%"}
    assert set(scores["unit"][scores["metric"] == "hd95_pooled"]) == {"mm"}
    assert set(scores["seed"]) == {3}


def test_foreground_drops_false_positives_on_other_slices(volumes):
    predictions = copied(volumes)
    predictions.masks[0, 0] = predictions.masks[1, 0]  # 16 voxels above the gland
    scores = score_target(volumes, predictions, IDENTITY, 2.0)
    dice, _ = value(scores, "p", "gland", "all", "dice")
    assert dice == pytest.approx(100 * 2 * 32 / (48 + 32))
    assert value(scores, "p", "gland", "foreground", "dice")[0] == 100


def test_foreground_is_of_the_domain_not_of_the_structure(volumes):
    # The zone is only on slice 2; a false zone on slice 1, where the gland is, counts.
    predictions = copied(volumes)
    predictions.masks[1, 1, 3:5, 3:5] = True
    scores = score_target(volumes, predictions, IDENTITY, 2.0)
    dice, _ = value(scores, "p", "zone", "foreground", "dice")
    assert dice == pytest.approx(100 * 2 * 4 / (8 + 4))


def test_failures_have_the_diagonal_of_the_whole_image_in_both_policies(volumes):
    predictions = copied(volumes)
    predictions.masks[:4] = False
    predictions.masks[5, 0, 0, 0] = True
    scores = score_target(volumes, predictions, IDENTITY, 2.0)
    diagonal = image_diagonal((4, 10, 20), (3.0, 0.5, 0.8))
    for policy in ("all", "foreground"):
        found = value(scores, "p", "gland", policy, "hd95_pooled")
        assert found == (pytest.approx(diagonal), "missed")
    diagonal = image_diagonal((3, 10, 20), (3.0, 0.5, 0.8))
    found = value(scores, "q", "gland", "all", "assd")
    assert found == (pytest.approx(diagonal), "false_positive")
    # Without a foreground slice there is nothing to score.
    assert value(scores, "q", "gland", "foreground", "assd")[1] == "both_empty"


def test_order_of_rows_and_structures_does_not_matter(volumes):
    ordered = copied(volumes)
    shuffle = np.random.default_rng(0).permutation(len(volumes))
    shuffled = Predictions(
        ordered.rows[shuffle], ordered.masks[shuffle][:, ::-1], ["zone", "gland"]
    )
    pd.testing.assert_frame_equal(
        score_target(volumes, ordered, IDENTITY, 2.0),
        score_target(volumes, shuffled, IDENTITY, 2.0),
    )


def test_a_case_with_missing_slices_is_named(volumes):
    whole = copied(volumes)
    part = Predictions(whole.rows[:-1], whole.masks[:-1], whole.structures)
    with pytest.raises(InputError, match="1 of 3 slices of case 'q'"):
        score_target(volumes, part, IDENTITY, 2.0)
    only_p = Predictions(whole.rows[:4], whole.masks[:4], whole.structures)
    scores = score_target(volumes, only_p, IDENTITY, 2.0)
    assert set(scores["case"]) == {"p"}
    with pytest.raises(InputError, match="case 'q'"):
        score_target(volumes, only_p, IDENTITY, 2.0, cases=["p", "q"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"structures": ["gland", "cup"]}, "cup"),
        ({"rows": np.array([0, 0, 1, 2, 3, 4, 5])}, "twice"),
        ({"rows": np.arange(1, 8)}, "out of range"),
        ({"rows": np.arange(6)}, "6 rows"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(volumes, change, words):
    whole = copied(volumes)
    parts = {"rows": whole.rows, "masks": whole.masks, "structures": whole.structures}
    with pytest.raises(InputError, match=words):
        score_target(volumes, Predictions(**(parts | change)), IDENTITY, 2.0)


def test_photographs_are_measured_in_pixels(tmp_path):
    masks = np.zeros((2, 30, 40), dtype=np.uint8)
    masks[:, 5:15, 5:15] = 255
    masks[:, 8:12, 8:12] = 128
    structures = {"disc": [128, 255], "cup": [128]}
    packed = pack(tmp_path / "B", masks, ["x", "y"], "photo", structures)
    predictions = copied(packed)
    predictions.masks[0, 0, 5:15, 15] = True  # one column of ten pixels too many
    predictions.masks[1, 1] = False
    scores = score_target(packed, predictions, IDENTITY, 2.0)
    dice, _ = value(scores, "x", "disc", "all", "dice")
    assert dice == pytest.approx(100 * 2 * 100 / 210)
    assert value(scores, "x", "disc", "foreground", "nsd_2px") == (100, "scored")
    assert value(scores, "y", "cup", "all", "assd") == (50, "missed")
    assert set(scores["unit"]) == {"%", "px"}


# Score files


@pytest.fixture
def scores(volumes):
    return score_target(volumes, copied(volumes), IDENTITY, 2.0)


def test_score_files_round_trip(tmp_path, scores):
    path = tmp_path / "deep" / "B.parquet"
    write_scores(path, scores[scores.columns[::-1]])
    pd.testing.assert_frame_equal(read_scores(path), scores)
    assert pq.read_schema(path).equals(SCHEMA)
    assert [entry.name for entry in path.parent.iterdir()] == ["B.parquet"]


def test_many_score_files_are_joined_in_order(tmp_path, scores):
    paths = []
    for seed in (2, 1):
        path = tmp_path / f"method=x/seed{seed}" / "B.parquet"
        write_scores(path, scores.assign(seed=seed))
        paths.append(path)
    joined = read_many(paths)
    assert list(joined["seed"].unique()) == [2, 1]
    assert set(joined["method"]) == {"erm"}  # from the file, not from the folder
    with pytest.raises(InputError, match="none"):
        read_many([])


def test_bad_score_files_are_named(tmp_path, scores):
    path = tmp_path / "B.parquet"
    with pytest.raises(InputError, match="no column outcome"):
        write_scores(path, scores.drop(columns="outcome"))
    with pytest.raises(InputError, match="unknown column extra"):
        write_scores(path, scores.assign(extra=1))
    with pytest.raises(InputError, match="another type"):
        write_scores(path, scores.assign(value="high"))
    with pytest.raises(InputError, match="without case"):
        write_scores(path, scores.assign(case=None))
    assert not path.exists()
    with pytest.raises(InputError, match=r"B\.parquet"):
        read_scores(path)
    path.write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match="unreadable"):
        read_scores(path)
    scores.assign(seed="three").to_parquet(path)
    with pytest.raises(InputError, match="seed"):
        read_scores(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": np.inf}, "an infinite value"),
        ({"value": -1.0}, "a value below 0"),
        ({"value": 100.1}, "a value above 100 %"),
        ({"value": np.nan}, "a Dice that is not a number"),
        ({"value": 0.9, "unit": ""}, "a Dice in another unit than %"),
        ({"outcome": "good"}, "an unknown outcome"),
        ({"outcome": "both_empty"}, "a value although label and prediction are empty"),
        ({"outcome": "missed"}, "a failure whose Dice is above 0"),
    ],
)
def test_values_that_no_measure_has_are_refused(tmp_path, scores, change, message):
    row = scores.index[(scores["metric"] == "dice") & (scores["outcome"] == "scored")][
        0
    ]
    for name, value in change.items():
        scores.loc[row, name] = value
    case = scores.loc[row, "case"]
    for name in ("B.parquet", "B.csv"):
        path = tmp_path / name
        write = scores.to_csv if path.suffix == ".csv" else scores.to_parquet
        write(path, index=False)
        with pytest.raises(
            InputError, match=rf"{message} \(.* case {case}, metric dice"
        ):
            read_scores(path)
