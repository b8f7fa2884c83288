"""Parts of the CNN methods that no fixture covers: numbers computed by hand."""

import numpy as np
import pytest
import torch

from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.methods.normalisation import as_packed
from sambench.methods.regions import region_map
from sambench.methods.views.bigaug import BigAug
from sambench.methods.views.cutout import CutOut, Draws
from sambench.methods.views.gin_ipa import GINIPA
from sambench.methods.views.location_scale import (
    GlobalLocationScale,
    LocalLocationScale,
    masked_percentiles,
)
from sambench.methods.views.spatial import Draws as SpatialDraws
from sambench.methods.views.spatial import Spatial
from sambench.models.cnn.plain_unet import PlainUNet
from sambench.settings.level_field import check_level_field, level_base
from sambench.train import SCHEDULES
from sambench.train.epoch_order import EpochOrder

pytestmark = pytest.mark.usefixtures("one_thread")


def batch(images, targets=None):
    targets = torch.zeros_like(images[:, :1]) if targets is None else targets
    return Batch(images, targets, torch.ones(targets.shape[:2], dtype=torch.bool))


def rates(name, steps, epoch_steps, horizon, **options):
    rate = SCHEDULES.build(
        {"name": name, **options}, base=1.0, horizon=horizon, epoch_steps=epoch_steps
    )
    return [rate(step) for step in steps]


def test_schedules_of_the_papers():
    csdg = {"keep": 48, "length": 1951}
    found = rates("linear_after_epoch", [0, 97, 98, 100], 2, 4000, **csdg)
    assert found == pytest.approx([1, 1, 1 - 1 / 1951, 1 - 2 / 1951])
    # of the fixture's header: epochs 1, 100 and 1999 of 2000, in shares of 4e-4
    ads = rates("root_by_epoch", [1, 100, 1999], 1, 2000)
    assert 4e-4 * np.array(ads) == pytest.approx(
        [3.9105572809e-4, 3.1055728090e-4, 1.0001250312e-7]
    )
    assert rates("exponential_by_epoch", [0, 5, 10], 5, 50) == pytest.approx(
        [1, 0.99, 0.9801]
    )
    assert rates("poly_by_step", [0, 4000], 500, 8000)[1] == pytest.approx(0.5**0.9)


def test_an_epoch_of_exact_steps_shuffles_the_pool_again_and_leaves_the_rest_out():
    training = {"batch_size": 4, "steps_per_epoch": 5}
    order = EpochOrder(10, training, 1, np.zeros(10, int))
    assert len(order) == 5
    batches = list(order.batches(0))
    assert [len(b) for b in batches] == [4] * 5
    first, second = np.concatenate(batches[:2]), np.concatenate(batches[2:4])
    assert len(set(first)) == len(set(second)) == 8  # of 10, two left out of each pass
    again = EpochOrder(10, training, 1, np.zeros(10, int)).batches(0)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))
    tiny = EpochOrder(3, training, 1, np.zeros(3, int))
    assert sum(len(b) for b in tiny.batches(0)) == 20


def test_a_hole_is_where_it_is_drawn_and_the_border_cuts_it():
    images = torch.ones(2, 1, 8, 8)
    draws = Draws(
        torch.tensor([[0.5, 0.5], [0.0, 0.0]]),
        torch.tensor([0.5, 0.5]),
        torch.tensor([True, True]),
    )
    (found,) = CutOut().apply(batch(images), draws)
    assert (found.images[0] == 0).sum() == 16
    assert (found.images[0, 0, 2:6, 2:6] == 0).all()
    assert (found.images[1] == 0).sum() == 4
    (kept,) = CutOut().apply(batch(images), draws._replace(cut=torch.zeros(2).bool()))
    assert kept.images.sum() == images.sum()


def test_mirroring_alone_is_exact_and_moves_the_label_too():
    images = torch.rand(1, 1, 6, 8)
    targets = (images > 0.5).float()
    draws = SpatialDraws(
        torch.full((1, 2), 0.5),
        torch.tensor([[0.9, 0.9, 0.1, 0.9, 0.9]]),
        torch.zeros(1, 2, 1, 1),
    )
    view = Spatial(p_rotate=0.5, p_zoom=0.5)
    (found,) = view.apply(batch(images, targets), draws)
    torch.testing.assert_close(found.images, images.flip(-1), atol=1e-6, rtol=0)
    assert torch.equal(found.targets, targets.flip(-1))


def test_bigaug_without_chosen_steps_changes_nothing_and_clamps_to_the_range():
    images = 50 + 100 * torch.rand(3, 1, 16, 16)
    view = BigAug()
    draws = view.draw(batch(images))
    (same,) = view.apply(
        batch(images), draws._replace(chosen=torch.ones_like(draws.chosen))
    )
    torch.testing.assert_close(same.images, images)
    (found,) = view.apply(
        batch(images), draws._replace(chosen=torch.zeros_like(draws.chosen))
    )
    assert not torch.equal(found.images, images)
    assert (found.images.amin((1, 2, 3)) >= images.amin((1, 2, 3)) - 1e-3).all()
    assert (found.images.amax((1, 2, 3)) <= images.amax((1, 2, 3)) + 1e-3).all()


def test_bigaug_draws_the_factor_of_a_scale_apart_from_the_blur_that_sharpens():
    images = torch.randn(2, 1, 16, 16)
    rest = dict.fromkeys(("blur", "noise", "brightness", "contrast", "gamma"))
    alone = BigAug(p=1, within="zscore", sharpen=None, scale=(-0.1, 0.1), **rest)
    draws = alone.draw(batch(images))
    draws = draws._replace(sizes=torch.full_like(draws.sizes, 0.5))  # nothing is added
    others = torch.tensor([[0.3, 0.3], [0.6, 0.6], [1.0, 0.0]])  # factors 1.1 and 0.9
    (found,) = alone.apply(batch(images), draws._replace(others=others))
    mean = images.mean((1, 2, 3), keepdim=True)
    expected = (images - mean) * torch.tensor([1.1, 0.9]).view(2, 1, 1, 1) + mean
    torch.testing.assert_close(found.images, expected)
    sharpening = BigAug(p=1, within="zscore", sharpen_sigma=(0.5, 2.0), **rest)
    first, second = (
        sharpening.apply(batch(images), draws._replace(others=each))[0].images
        for each in (others, others.index_fill(0, torch.tensor(2), 0.5))
    )
    assert torch.equal(first, second)


def test_a_grey_slice_stays_grey_when_it_is_moved_and_mapped_channel_by_channel():
    images = as_packed(torch.randn(2, 1, 16, 16))
    targets = torch.zeros(2, 1, 16, 16)
    targets[..., 4:12, 4:12] = 1
    (moved,) = Spatial()(batch(images, targets))
    (found,) = LocalLocationScale(per="channel", space="normalised")(moved)
    for part in (moved, found):
        assert part.images.shape == (2, 3, 16, 16)
        assert torch.equal(part.images[:, :1].expand(-1, 3, -1, -1), part.images)
    assert not torch.equal(moved.images, images)
    assert not torch.equal(found.images, moved.images)


def test_curves_of_a_range_itself_need_its_two_numbers():
    with pytest.raises(InputError, match="Give them, or leave the key out"):
        GlobalLocationScale(unit=False)


def test_percentiles_are_those_of_numpy_within_a_mask():
    values = torch.rand(3, 50, dtype=torch.double)
    mask = torch.rand(3, 50) < 0.4
    mask[2] = False
    low, high = masked_percentiles(values, mask, (0.2, 0.8))
    for row in (0, 1):
        chosen = values[row][mask[row]].numpy()
        assert float(low[row]) == pytest.approx(np.percentile(chosen, 20))
        assert float(high[row]) == pytest.approx(np.percentile(chosen, 80))
    assert low[2] == high[2] == 0


def test_the_last_structure_of_a_pixel_is_its_region():
    disc, cup = torch.zeros(2, 4, 4)
    disc[1:, 1:], cup[2:, 2:] = 1, 1
    found = region_map(torch.stack([disc, cup])[None])
    assert found[0].tolist() == [[0] * 4, [0, 1, 1, 1], [0, 1, 2, 2], [0, 1, 2, 2]]


def test_masks_of_ipa_reach_from_0_to_1_on_slices_that_are_not_square():
    view = GINIPA(cells=4)
    images = torch.randn(2, 3, 40, 72)
    control = view.draw(batch(images)).control
    mask = view.mask(control, 40, 72)
    assert mask.shape == (2, 1, 40, 72)
    assert mask.amin((1, 2, 3)).tolist() == [0, 0]
    torch.testing.assert_close(mask.amax((1, 2, 3)), torch.ones(2))


def test_the_plain_unet_has_the_parameters_of_the_open_re_run():
    """7,763,074 with three channels in and two out."""
    network = PlainUNet(structures=2)
    assert sum(p.numel() for p in network.parameters()) == 7_763_074


# --- level field ----------------------------------------------------------------------


def recipe(base=None, control=False, **values):
    parts = {
        "network": {"name": "plain_unet", "widths": [8]},
        "training": {"epochs": 1},
    }
    return {"level_with": base, "control": control, **parts, **values}


def test_methods_as_published_and_of_a_level_field_do_not_stand_in_one_table():
    level = {"level_erm": recipe("level_erm"), "level_csdg": recipe("level_erm")}
    check_level_field("b", level | {"empty": recipe(control=True)})
    assert level_base(level) == "level_erm"
    with pytest.raises(InputError, match="as published"):
        check_level_field("b", level | {"erm": recipe()})
    with pytest.raises(InputError, match="audit_erm"):
        check_level_field("b", level | {"audit_erm": recipe("audit_erm")})
    check_level_field("b", {"erm": recipe(), "csdg": recipe(training={"epochs": 9})})


def test_a_method_of_a_level_field_has_the_budget_of_the_others():
    same = {"name": "plain_unet", "widths": [8], "ibn": "a"}
    level = {"level_erm": recipe("level_erm"), "x": recipe("level_erm", network=same)}
    check_level_field("b", level)
    level["y"] = recipe("level_erm", training={"epochs": 2})
    with pytest.raises(
        InputError, match=r"y differs from level_erm in training\.epochs"
    ):
        check_level_field("b", level)
