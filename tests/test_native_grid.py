"""Labels and predictions on the grid of the original images, beside the packed one."""

import nibabel
import numpy as np
import pytest
import torch
import yaml
from PIL import Image

import tiny_datasets as tiny
from every_view import score_target
from predicted import predicted
from sambench.data.archives import unpack
from sambench.data.datasets import DATASETS
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.predictions import Predictions, load_predictions, save_predictions
from sambench.errors import InputError
from sambench.metrics.checkpoints import case_dices
from sambench.metrics.postprocess import post_process
from sambench.phantoms import PHANTOMS, write_phantom
from sambench.predict.files import read_predictions
from sambench.settings.recipe import prediction_part, recipe_for
from sambench.settings.schema import validate
from tiny_datasets import build_inventory

IDENTITY = {
    "benchmark": "tiny",
    "method": "m",
    "source": "s",
    "target": "d",
    "seed": 1,
}
GRIDS = [(grid, "all", "none", ()) for grid in ("native", "packed")]


class Sign(torch.nn.Module):
    """A network that is sure of every pixel: the structure is where it is bright."""

    def __init__(self, structures):
        super().__init__()
        self.structures = structures

    def forward(self, images, prompts=None, cached=None):
        logits = torch.where(images[:, :1] > 0, 30.0, -30.0)
        return logits.expand(-1, self.structures, -1, -1)


@pytest.fixture
def recipe(repository):
    """Return the prediction part of a recipe; `sign` is the network of this file."""

    def read(name: str) -> dict:
        path = repository / "config" / "methods" / f"{name}.yaml"
        document = validate(yaml.safe_load(path.read_text()), "method", path)
        return prediction_part(recipe_for(document, ["tiny"], {})) | {"objective": None}

    def give(name: str) -> dict:
        if name != "sign":
            return read(name)
        return read("erm") | {"network": {"name": f"{__name__}:Sign"}}

    return give


def pack(root, folder, dataset, group, preparation, structures):
    kind = DATASETS[dataset].kind
    domain = {"dataset": dataset, "group": group, "preparation": "p"}
    benchmark = {
        "id": "tiny",
        "kind": kind,
        "split": {"rule": "published" if kind == "photo" else "none"},
        "domains": {"d": domain | {"structures": structures}},
        "preparations": {"p": preparation},
    }
    inventory = build_inventory(dataset, root)
    pack_domain(inventory, root, benchmark, "d", folder, "synthetic")
    return PackedSlices(folder)


@pytest.fixture
def eight(tmp_path):
    """One volume of 8 x 8 pixels of 0.5 x 0.4 mm, packed at 4 x 4."""
    folder = tmp_path / "data" / "RUNMC"
    mask = np.zeros((4, 8, 8), np.uint8)
    mask[1:3, 2:7, 2:7] = 1
    for name, array in (("Case00", tiny.volume((4, 8, 8))), ("Case00_seg", mask)):
        name = name.replace("_seg", "_segmentation")
        tiny.write_nifti(folder / f"{name}.nii.gz", array, (3.0, 0.5, 0.4))
    return pack(
        tmp_path / "data",
        tmp_path / "packed",
        "saml_prostate",
        "RUNMC",
        {"size": 4},
        {"prostate": [1]},
    )


def see_the_label(packed):
    """Put the packed label of the first structure in the place of the image."""
    label = packed.structure_masks(packed.rows())[:, 0]
    shape = packed.images.shape
    if packed.kind == "photo":
        label = label[..., None]
    seen = np.broadcast_to(label, shape).astype(packed.images.dtype)
    np.save(packed.folder / "images.npy", seen)
    packed.__dict__.pop("images")  # opened before


def values(scores, metric="dice"):
    return scores[scores["metric"] == metric].set_index(["case", "structure", "grid"])[
        "value"
    ]


def test_what_is_perfect_on_the_packed_grid_is_not_on_the_native_one(eight, recipe):
    see_the_label(eight)
    found = predicted(recipe("sign"), eight)
    np.testing.assert_array_equal(found.masks, eight.structure_masks(eight.rows()))
    assert found.masks[1, 0].nonzero()[0].tolist() == [1, 1, 2, 2]
    # Packed 0, 1, 1, 0 is 0, 1/4, 3/4, 1, 1, 3/4, 1/4, 0 along each side of the file:
    # the product is at least 1/2 on rows and columns 2 to 5, 9/16 in their corners.
    native = np.zeros((4, 1, 8, 8), bool)
    native[1:3, :, 2:6, 2:6] = True
    np.testing.assert_array_equal(found.native["RUNMC_Case00"], native)
    dice = values(score_target(eight, found, IDENTITY, 2.0, views=GRIDS))
    assert dice["RUNMC_Case00", "prostate", "packed"] == 100
    assert dice["RUNMC_Case00", "prostate", "native"] == pytest.approx(
        100 * 2 * 16 / (16 + 25)
    )


def test_distances_on_the_native_grid_are_in_its_spacing(eight):
    label = eight.native_structure_masks("RUNMC_Case00")
    shifted = np.roll(label, 1, axis=-1)  # by 0.4 mm
    missed = np.zeros((4, 1, 4, 4), bool)
    found = Predictions(
        eight.rows(), missed, ["prostate"], native={"RUNMC_Case00": shifted}
    )
    scores = score_target(eight, found, IDENTITY, 0.4, views=GRIDS)
    hd95 = values(scores, "hd95_pooled")["RUNMC_Case00", "prostate"]
    assert hd95["native"] == pytest.approx(0.4)
    assert values(scores, "nsd_0.4mm")["RUNMC_Case00", "prostate", "native"] == 100
    # A miss costs the diagonal of the grid: four slices of 8 x 0.5 by 8 x 0.4 mm.
    diagonal = np.linalg.norm([12, 4, 3.2])
    assert hd95["packed"] == pytest.approx(diagonal)
    empty = Predictions(
        eight.rows(), missed, ["prostate"], native={"RUNMC_Case00": 0 * label > 0}
    )
    scores = score_target(eight, empty, IDENTITY, 0.4, views=GRIDS)
    hd95 = values(scores, "hd95_pooled")["RUNMC_Case00", "prostate"]
    assert hd95["native"] == pytest.approx(diagonal)


def test_padding_is_cropped_on_the_way_back(tmp_path, recipe):
    """Six rows and five columns, padded to 6 x 6, packed at 12 x 12."""
    root = tiny.saml(tmp_path / "data")
    preparation = {"size": 12, "square": True}
    packed = pack(
        root,
        tmp_path / "packed",
        "saml_prostate",
        "RUNMC",
        preparation,
        {"prostate": [1, 2]},
    )
    assert packed.case_spacing("RUNMC_Case00") == pytest.approx((3.0, 0.25, 0.2))
    assert packed.native_spacing("RUNMC_Case00") == pytest.approx((3.0, 0.5, 0.4))
    label = tiny.label(values=(1, 2)) > 0
    padded = np.pad(label, [(0, 0), (0, 0), (0, 1)])
    expected = padded.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(packed.masks[:4] > 0, expected)
    see_the_label(packed)
    found = predicted(recipe("sign"), packed)
    np.testing.assert_array_equal(found.native["RUNMC_Case00"][:, 0], label)


def test_a_case_whose_grids_are_one_is_measured_once(tmp_path, recipe):
    """ACDC's phantoms have 32 x 32 pixels or 32 x 36: one grid, or two."""
    packed = phantom(tmp_path, "acdc", "mr", {"size": 32}, {"lv": [3]})
    same = [case for case in packed.cases() if packed.on_native_grid(case)]
    assert 0 < len(same) < len(packed.cases())
    with np.load(packed.folder / "native_masks.npz") as archive:
        assert set(archive) == set(packed.cases()) - set(same)
    found = predicted(recipe("box"), packed)
    assert set(found.native) == set(packed.cases()) - set(same)
    scores = score_target(packed, found, IDENTITY, 2.0, views=GRIDS)
    grids = scores.groupby("case")["grid"].agg(set)
    for case in packed.cases():
        assert grids[case] == ({"any"} if case in same else {"native", "packed"})
    assert not scores.duplicated(["case", "structure", "grid", "metric"]).any()


def phantom(folder, dataset, group, preparation, structures):
    archive = folder / PHANTOMS[dataset]
    write_phantom(dataset, archive, seed=1, cases=2, size=32)
    unpack(archive, folder / "data")
    return pack(
        folder / "data", folder / "packed", dataset, group, preparation, structures
    )


V0 = {"min_voxels": 10, "drop_last": True, "min_pixels": 10, "min_slices": 2}
KINDS = {
    "volume": ("saml_prostate", "RUNMC", {"size": 24}, {"prostate": [1, 2]}),
    "photo": (
        "riga_plus",
        "BinRushed",
        {"size": 24},
        {"disc": [128, 255], "cup": [128]},
    ),
    "oblong": ("acdc", "mr", {"size": 24}, {"lv": [3]}),
    "square": ("acdc", "mr", {"size": 24, "square": True}, {"lv": [3]}),
    "larger": ("acdc", "mr", {"size": 48, "square": True}, {"lv": [3]}),
    "slices dropped": ("acdc", "mr", {"size": 24, "slices": V0}, {"lv": [3]}),
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    return phantom(tmp_path, *KINDS[request.param])


def test_controls_are_exact_on_both_grids(kind, recipe, tmp_path):
    dice = {}
    for name in ("oracle", "empty", "box"):
        path = tmp_path / f"{name}.npz"
        save_predictions(path, predicted(recipe(name), kind))
        found = load_predictions(path)
        dice[name] = values(score_target(kind, found, IDENTITY, 2.0, views=GRIDS))
        dice[name] = dice[name].dropna()
    assert set(dice["oracle"].index.get_level_values("grid")) == {"native", "packed"}
    assert (dice["oracle"] == 100).all()
    assert (dice["empty"] == 0).all()
    for case in kind.cases("test"):  # the last prediction is that of the boxes
        label, box = kind.native_structure_masks(case), found.native[case]
        assert box.shape == label.shape
        for plane, filled in zip(
            label.reshape(-1, *label.shape[2:]),
            box.reshape(-1, *box.shape[2:]),
            strict=True,
        ):
            rows, columns = np.nonzero(plane)
            expected = np.zeros_like(plane)
            if len(rows):
                inside = (
                    slice(rows.min(), rows.max() + 1),
                    slice(columns.min(), columns.max() + 1),
                )
                expected[inside] = True
            np.testing.assert_array_equal(filled, expected)


def test_own_masks_are_kept_as_they_are_on_the_native_grid(kind, tmp_path):
    for case in kind.cases("test"):
        label = kind.native_structure_masks(case)
        numbers = kind.slices["slice"].to_numpy()[kind.case_rows(case)]
        part = np.zeros((len(label), *label.shape[2:]), np.uint8)
        for channel, listed in enumerate(kind.structures.values()):
            part[label[:, channel]] = listed[-1]
        whole = part
        if kind.preparation.get("slices"):  # what is not packed must not matter
            whole = np.full((numbers[-1] + 2, *part.shape[1:]), 9, np.uint8)
            whole[numbers] = part
        if kind.kind == "photo":
            Image.fromarray(whole[0]).save(tmp_path / f"{case}.png")
        else:
            image = nibabel.Nifti1Image(whole.T, np.eye(4))
            nibabel.save(image, tmp_path / f"{case}.nii.gz")
    found = read_predictions(tmp_path, kind)
    for case in kind.cases("test"):
        np.testing.assert_array_equal(
            found.native[case], kind.native_structure_masks(case)
        )
    dice = values(score_target(kind, found, IDENTITY, 2.0, views=GRIDS)).dropna()
    assert (dice == 100).all()


def test_a_network_is_brought_back_to_every_kind_of_grid(kind, recipe):
    """What it sees is the packed label: near the label in the file, or equal."""
    see_the_label(kind)
    name = next(iter(kind.structures))
    found = predicted(recipe("sign"), kind)
    dice = values(score_target(kind, found, IDENTITY, 2.0, views=GRIDS)).dropna()
    dice = dice.xs(name, level="structure").groupby("grid").mean()
    assert dice["packed"] == 100
    assert 80 < dice["native"] <= 100


def test_weights_are_chosen_by_the_dice_of_the_native_grid(kind, recipe):
    see_the_label(kind)
    found = predicted(recipe("sign"), kind)
    native = score_target(kind, found, IDENTITY, 2.0, views=GRIDS[:1])
    np.testing.assert_allclose(case_dices(kind, found), values(native))


def test_a_rim_is_a_share_of_the_sides_of_the_grid():
    kept = post_process(np.ones((2, 512, 320), bool), "border_trim")
    rows, columns = np.nonzero(kept[0])
    assert (rows.min(), rows.max()) == (100, 411)
    assert (columns.min(), columns.max()) == (62, 257)


def test_a_prediction_without_its_native_masks_is_refused(eight):
    masks = eight.structure_masks(eight.rows())
    found = Predictions(eight.rows(), masks, ["prostate"])
    assert len(score_target(eight, found, IDENTITY, 2.0, views=GRIDS[1:])) == 4
    with pytest.raises(InputError, match=r"RUNMC_Case00.*no masks"):
        score_target(eight, found, IDENTITY, 2.0, views=GRIDS)


def test_the_digest_covers_the_native_masks(eight, tmp_path):
    again = tmp_path / "data" / "RUNMC" / "Case00_segmentation.nii.gz"
    mask = np.zeros((4, 8, 8), np.uint8)
    mask[1:3, 2:7, 2:7] = 1
    mask[1, 2, 2] = 0  # a pixel that the packed mask does not have
    tiny.write_nifti(again, mask, (3.0, 0.5, 0.4))
    other = pack(
        tmp_path / "data",
        tmp_path / "other",
        "saml_prostate",
        "RUNMC",
        {"size": 4},
        {"prostate": [1]},
    )
    np.testing.assert_array_equal(other.masks, eight.masks)
    assert other.digest() != eight.digest()


def test_a_store_without_its_native_masks_is_named(eight):
    (eight.folder / "native_masks.npz").unlink()
    with pytest.raises(InputError, match=r"native_masks\.npz"):
        eight.native_structure_masks("RUNMC_Case00")
