"""Images of cases: masks as they are scored, upright, small, few in the page itself."""

import base64
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sambench.data.predictions import Predictions, save_predictions
from sambench.gallery import write as writing
from sambench.gallery.case import case_document
from sambench.gallery.choice import choose_cases
from sambench.gallery.images import View, runs_of, window_of
from sambench.gallery.write import write_gallery
from sambench.tables.context import Context
from test_tables import STRICT, rows


def mask_of(runs, shape):
    """Decode what `runs_of` returned."""
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.pad(pixels, (0, shape[0] * shape[1] - len(pixels))).reshape(shape)


@pytest.mark.parametrize(
    ("mask", "runs"),
    [
        ([[0, 0], [0, 0]], []),
        ([[1, 1], [1, 1]], [0, 4]),
        ([[0, 1], [1, 0]], [1, 2]),
        ([[1, 0], [0, 1]], [0, 1, 2, 1]),
    ],
)
def test_masks_are_runs_by_hand_and_come_back(mask, runs):
    assert runs_of(np.array(mask)) == runs
    assert (mask_of(runs, (2, 2)) == np.array(mask, bool)).all()


def test_random_masks_come_back():
    generator = np.random.default_rng(0)
    for _ in range(20):
        shape = tuple(generator.integers(1, 30, 2))
        mask = generator.random(shape) < 0.5
        assert (mask_of(runs_of(mask), shape) == mask).all()


def test_chosen_cases_are_those_that_methods_differ_on_and_the_ends():
    """Means of two methods: 75, 50, 90, 10, 65; differences: 50, 0, 2, 4, 30."""
    scores = pd.concat(
        [
            rows("erm", "A", "B", [100, 50, 91, 12, 80]),
            rows("sam", "A", "B", [50, 50, 89, 8, 50]),
            rows("oracle", "A", "B", [100] * 5),
        ]
    )
    methods = {"oracle": {"label": "Oracle", "control": True}}
    chosen = choose_cases(scores, Context({"id": "prostate"}, STRICT, methods))
    assert [(c["case"], c["why"]) for c in chosen] == [
        ("B0", "methods differ most"),
        ("B4", "methods differ most, median"),
        ("B3", "methods differ most, worst"),
        ("B2", "best"),
    ]
    assert (chosen[0]["mean"], chosen[0]["spread"]) == (75, 50)


def shifted(packed, by):
    found = packed.rows()
    masks = np.roll(packed.structure_masks(found), by, axis=-1)
    return Predictions(found, masks, list(packed.structures))


def test_a_case_holds_every_slice_with_label_and_predictions(pack_discs):
    packed = pack_discs("B", cases=2, slices=3, size=64)
    case = packed.cases()[0]
    runs = {"erm/A": shifted(packed, 3)}
    found = case_document(packed, case, runs, native=False, turned=False)
    labels = packed.structure_masks(packed.case_rows(case))
    assert found["shape"] == [64, 64] and len(found["images"]) == 3
    for slice_ in range(3):
        label, predicted = (
            found["masks"][run][slice_][0] for run in ("label", "erm/A")
        )
        assert (mask_of(label, (64, 64)) == labels[slice_, 0]).all()
        moved = np.roll(labels[slice_, 0], 3, axis=-1)
        assert (mask_of(predicted, (64, 64)) == moved).all()
    picture = base64.b64decode(found["images"][0].split(",")[1])
    assert Image.open(io.BytesIO(picture)).size == (64, 64)


def test_a_turned_case_has_image_and_masks_upside_down_alike(pack_discs):
    packed = pack_discs("B", cases=1, slices=2, size=64)
    case = packed.cases()[0]
    plain, turned = (
        case_document(packed, case, {}, native=False, turned=turned)
        for turned in (False, True)
    )

    def decoded(found):
        data = base64.b64decode(found["images"][0].split(",")[1])
        image = np.asarray(Image.open(io.BytesIO(data)).convert("L"), float)
        return image, mask_of(found["masks"]["label"][0][0], (64, 64))

    (image, mask), (other, upside_down) = decoded(plain), decoded(turned)
    assert (mask[::-1, ::-1] == upside_down).all()
    assert np.corrcoef(image[::-1, ::-1].ravel(), other.ravel())[0, 1] > 0.9


def test_large_masks_are_shown_smaller_and_brought_to_one_size_with_their_image():
    view = View.of((1300, 800), turned=False)
    assert view.factor == 3 and view.shape == (434, 267)
    assert view.mask(np.zeros((2, 1300, 800), bool)).shape == (2, 434, 267)
    data = view.picture(np.zeros((100, 80, 3), np.uint8), None).split(",")[1]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (267, 434)


def test_chosen_cases_stand_in_the_page_and_all_beside_it(
    pack_discs, tmp_path, monkeypatch
):
    packed = pack_discs("B", cases=4, slices=2, size=64)
    path = tmp_path / "B.npz"
    save_predictions(path, shifted(packed, 2))
    names = packed.cases()
    scores = rows("erm", "A", "B", [90, 80, 70, 60]).assign(case=names)

    def written(limit):
        monkeypatch.setattr(writing, "EMBEDDED", limit)
        record, folder = tmp_path / "cases.json", tmp_path / "cases"
        write_gallery(
            scores,
            Context({"id": "prostate"}, STRICT),
            packed.folder.parent,
            {"B": {"erm/A": path}},
            {"B": False},
            record,
            folder,
        )
        return json.loads(record.read_text()), folder

    found, folder = written(10**6)
    assert set(found["files"]["B"]) == set(names)
    assert [c["why"] for c in found["chosen"]] == ["best", "median", "worst"]
    assert len(found["cases"]) == 3
    for name in names:  # a script, which a page that is opened from a file may load
        text = (folder / found["files"]["B"][name]).read_text()
        assert text.startswith("showCase({") and text.endswith("});\n")
        document = json.loads(text.removeprefix("showCase(").removesuffix(");\n"))
        assert document["case"] == name
    found, _ = written(1)  # the page would grow too large: the first alone
    assert len(found["cases"]) == 1


def test_channels_of_a_scan_are_windowed_and_photographs_are_not():
    photo = np.full((1, 8, 8, 3), 200, np.uint8)
    assert window_of(photo) is None
    scan = np.random.default_rng(0).normal(1000, 100, (3, 8, 8, 3))
    low, high = window_of(scan)
    assert low.shape == high.shape == (3,) and (low < high).all()
    low, high = window_of(scan[..., 0])
    assert 600 < low < 1000 < high < 1400
