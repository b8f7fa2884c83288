"""What the SAM family's methods do in training and at test, beside their networks."""

import math

import pytest
import torch

from sambench.embed.encode import encode_domain
from sambench.embed.use import encoding_of, open_all
from sambench.errors import InputError
from sambench.methods.algorithms.desam import Desam, desam_losses
from sambench.methods.algorithms.sam_med2d import (
    noisy_boxes,
    points_inside,
    points_of_errors,
    sam_med2d_losses,
)
from sambench.methods.batch import Batch, Prompts
from sambench.methods.class_objectives import SoftmaxDiceCE
from sambench.methods.method import build_method
from sambench.methods.normalisation import window_uint8_range
from sambench.methods.objectives import BCEIoU, WeightedBCE
from sambench.methods.prompts import (
    anywhere_prompt,
    box_of_one_prompt,
    box_prompt,
    random_uniform,
)
from sambench.methods.views.turns import Flip, TurnDraws, TurnOrRotate, rotate_nearest
from sambench.methods.views.window_changes import CHANGES, WindowChanges
from sambench.models.desam.builder import build as build_desam
from sambench.models.desam.builder import tapped_blocks
from sambench.models.sam.build import build_sam, sam_size
from sambench.models.sam.decoding import encode_prompts
from sambench.models.sam.frame import Frame
from sambench.models.sam.network import NOTHING, PromptableSam
from sambench.predict.policies import Argmax, Windows, margins
from sambench.train.resume import ResumeState
from sambench.train.schedules import cosine_by_epoch, poly_by_epoch
from sambench.train.trainer import train

EVERY = torch.ones(1, 1, dtype=torch.bool)


class TestObjectives:
    def test_softmax_dice_counts_the_background_and_squares(self):
        # one class, two pixels at equal logits: all probabilities are 1 / 2
        logits, targets = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
        loss = SoftmaxDiceCE(dice_weight=0.8)(logits, targets, EVERY)
        # of both classes 1 - 2 (1/2) / (2 / 4 + 1)
        dice = 1 - 1 / 1.5
        assert loss == pytest.approx(0.8 * dice + 0.2 * math.log(2), rel=1e-4)

    def test_a_pixel_is_of_the_structure_listed_last(self):
        disc, cup = torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
        cup[..., 0, 0] = 1
        targets = torch.cat([disc, cup], 1)
        sure = torch.full((1, 2, 2, 2), -20.0)
        sure[:, 0] = 20
        sure[:, :, 0, 0] = torch.tensor([-20.0, 20.0])
        every = torch.ones(1, 2, dtype=torch.bool)
        found = SoftmaxDiceCE().losses(sure, targets)
        assert found["loss_ce"] < 1e-6
        # background: neither predicted nor labelled
        assert found["loss_dice"] < 1e-3
        assert SoftmaxDiceCE()(sure.flip(1), targets, every) > 1

    def test_labels_come_to_the_grid_of_the_logits(self):
        targets = torch.zeros(1, 1, 8, 8)
        targets[..., :4, :] = 1
        logits = torch.full((1, 1, 2, 2), -20.0)
        logits[..., 0, :] = 20
        assert SoftmaxDiceCE()(logits, targets, EVERY) < 1e-3

    def test_a_slice_that_lacks_a_label_leaves_no_number(self):
        logits = targets = torch.zeros(1, 2, 2, 2)
        annotated = torch.tensor([[True, False]])
        assert SoftmaxDiceCE()(logits, targets, annotated).isnan()

    def test_an_empty_label_costs_an_iou_loss_of_1_whatever_is_predicted(self):
        targets = torch.zeros(1, 1, 2, 2)
        for value in (-3.0, 2.0):
            losses = BCEIoU().losses(torch.full((1, 1, 2, 2), value), targets)
            assert losses["loss_iou"] == 1
        half = BCEIoU()(torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]]), EVERY)
        # intersection 1 / 2, union 1 + 1 - 1 / 2
        assert half == pytest.approx(math.log(2) + 1 - 0.5 / 1.5)

    def test_the_structure_weighs_twice(self):
        logits, targets = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
        assert WeightedBCE(2)(logits, targets, EVERY) == pytest.approx(
            1.5 * math.log(2)
        )

    def test_desam_learns_the_quality_of_points_only(self):
        logits, targets = torch.zeros(1, 1, 2), torch.tensor([[[1.0, 0.0]]])
        quality = torch.tensor([0.25])
        found = desam_losses(logits, quality, targets, torch.tensor([1.0]))
        # 1 - 2 (1/2) / (2 / 4 + 1), and |0.25 - 1|
        assert found["loss"] == pytest.approx(1 - 1 / 1.5, rel=1e-4)
        assert found["loss_quality"] == 0.75
        assert set(desam_losses(logits, quality, targets, None)) == {"loss"}

    def test_sam_med2d_pools_all_masks_of_a_batch(self):
        logits = torch.zeros(2, 1, 2)
        targets = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        found = sam_med2d_losses(logits, torch.tensor([1.0, 0.0]), targets)
        # three of four pixels: focal 1/4 (3 x 0.25 + 0.75) / 4 x ln 2
        assert found["loss_focal"] == pytest.approx(0.25 * 1.5 / 4 * math.log(2))
        assert found["loss_dice"] == pytest.approx(1 - (2 * 1.5 + 1) / (2 + 3 + 1))
        u = 1.5 / (2 + 3 - 1.5)
        assert found["loss_iou"] == pytest.approx(((u - 1) ** 2 + u**2) / 2)
        total = 20 * found["loss_focal"] + found["loss_dice"] + found["loss_iou"]
        assert found["loss"] == total


class TestPrompts:
    def masks(self):
        masks = torch.zeros(3, 2, 16, 16, dtype=torch.bool)
        masks[0, 0, 4:8, 4:8] = True
        masks[1, :, 2:4, 2:12] = True
        return masks

    def test_points_are_anywhere_but_only_of_structures_that_are_there(self):
        torch.manual_seed(0)
        masks = self.masks()
        for share, inside in ((0.0, True), (1.0, False)):
            prompts = anywhere_prompt(masks, random_uniform(masks), background=share)
            present = prompts.present(torch.Size())
            assert present.tolist() == [[True, False], [True, True], [False, False]]
            rows, columns = present.nonzero(as_tuple=True)
            x, y = prompts.clicks[rows, columns, 0].floor().long().unbind(-1)
            assert (masks[rows, columns, y, x] == inside).all()

    def test_one_structure_of_a_slice_has_a_box(self):
        torch.manual_seed(0)
        masks = self.masks()
        drawn = set()
        for _ in range(20):
            there = box_of_one_prompt(masks, random_uniform(masks)).present(())
            assert there.sum(1).tolist() == [1, 1, 0]
            drawn.add(int(there[1].float().argmax()))
        assert drawn == {0, 1}

    def test_boxes_are_shifted_whole_and_are_of_the_largest_component(self):
        torch.manual_seed(0)
        mask = torch.zeros(1, 32, 32, dtype=torch.bool)
        mask[0, 0, 0] = True
        mask[0, 10:14, 8:28] = True  # shorter side 4: m = int(5 x 0.1 x 4) = 2
        found = torch.cat([noisy_boxes(mask) for _ in range(60)])
        shift = found - torch.tensor([8.0, 10.0, 28.0, 14.0])
        assert torch.equal(shift[:, :2], shift[:, 2:])
        assert set(shift.flatten().tolist()) == {-2.0, -1.0, 0.0, 1.0}

    def test_points_are_drawn_from_errors_and_say_which_kind(self):
        torch.manual_seed(0)
        mask, answer = torch.zeros(2, 2, 8, 8, dtype=torch.bool).unbind()
        mask[0, 2, 3] = answer[0, 5, 6] = True
        points, labels = points_of_errors(answer, mask, 20)
        kinds = {
            (tuple(point), label)
            for point, label in zip(points[0].tolist(), labels[0].tolist(), strict=True)
        }
        assert kinds == {((3.0, 2.0), 1.0), ((6.0, 5.0), 0.0)}
        assert (labels[1] == -1).all()  # nothing is wrong
        assert torch.equal(
            points_inside(mask[:1], 2), torch.tensor([[[3.0, 2.0], [3.0, 2.0]]])
        )


class TestViews:
    def batch(self):
        images = torch.arange(9.0).view(1, 1, 3, 3).repeat(4, 1, 1, 1)
        return Batch(images, images.clone(), torch.ones(4, 1, dtype=torch.bool))

    def test_flips_images_and_labels(self):
        batch = self.batch()
        drawn = torch.tensor([True, False, False, True])
        (found,) = Flip().apply(batch, drawn)
        assert found.images[0, 0, 0].tolist() == [2, 1, 0]
        assert torch.equal(found.images, found.targets)
        assert torch.equal(found.images[1], batch.images[1])

    def test_turns_with_a_mirror_or_rotates_or_leaves(self):
        draws = TurnDraws(
            turned=torch.tensor([True, False, False, True]),
            rotated=torch.tensor([False, True, False, False]),
            quarters=torch.tensor([1, 1, 1, 0]),
            axis=torch.tensor([0, 0, 0, 1]),
            degrees=torch.tensor([0.0, 90.0, 5.0, 5.0]),
        )
        (found,) = TurnOrRotate().apply(self.batch(), draws)
        image = self.batch().images[0, 0]
        assert torch.equal(found.images[0, 0], image.rot90(1).flip(0))
        assert torch.equal(found.images[1, 0], image.rot90(1))
        assert torch.equal(found.images[2, 0], image)
        assert torch.equal(found.images[3, 0], image.flip(1))
        assert torch.equal(found.images, found.targets)

    def test_half_of_the_slices_turn_a_quarter_rotates(self):
        torch.manual_seed(0)
        images = torch.zeros(4000, 1, 1, 1)
        draws = TurnOrRotate().draw(Batch(images, images, images))
        assert float(draws.turned.float().mean()) == pytest.approx(0.5, abs=0.03)
        assert float(draws.rotated.float().mean()) == pytest.approx(0.25, abs=0.03)
        assert not (draws.turned & draws.rotated).any()
        assert set(draws.degrees.tolist()) == set(range(-20, 20))

    def test_rotations_are_those_of_scipy(self):
        from scipy.ndimage import rotate

        image = torch.arange(33.0 * 33).view(1, 1, 33, 33)
        ours = rotate_nearest(image, torch.tensor([17.0]))[0, 0].numpy()
        theirs = rotate(image[0, 0].numpy(), 17, order=0, reshape=False)
        inner = slice(5, -5)  # it leaves half a pixel at the border out
        assert (ours == theirs)[inner, inner].mean() > 0.99


class TestWindowChanges:
    def batch(self):
        torch.manual_seed(0)
        images = (255 * torch.rand(1, 1, 32, 32)).expand(4, 3, -1, -1).contiguous()
        targets = torch.zeros(4, 1, 32, 32)
        targets[..., 8:20, 8:20] = 1
        return Batch(images, targets, torch.ones(4, 1, dtype=torch.bool))

    def draws(self, change: str, strength: float):
        """Nothing but one of the ten changes, twice the second time."""
        view, batch = WindowChanges(slices=2), self.batch()
        no = torch.zeros(2, dtype=torch.bool)
        turned = view.draw(batch).turned._replace(turned=no, rotated=no)
        number = CHANGES.index(change)
        identity = CHANGES.index("identity")
        return (
            view,
            batch,
            view.draw(batch)._replace(
                turned=turned,
                rotated=no,
                brightened=no,
                erased=no,
                changes=torch.tensor([[number, identity], [identity, identity]]),
                strengths=torch.full((2, 2), strength),
            ),
        )

    def test_slices_of_a_window_are_changed_alike_and_others_are_not(self):
        for change in CHANGES:
            view, batch, draws = self.draws(change, 0.1)
            (found,) = view.apply(batch, draws)
            assert torch.equal(found.images[0], found.images[1])
            torch.testing.assert_close(found.images[2:], batch.images[2:])
            assert torch.equal(found.targets[2:], batch.targets[2:])
            same = torch.allclose(found.images[0], batch.images[0])
            assert same == (change == "identity")
            moved = not torch.equal(found.targets[0], batch.targets[0])
            assert moved == (CHANGES.index(change) < 5)

    def test_the_strengths_mean_what_they_say(self):
        view, batch, draws = self.draws("brightness", 1.0)
        (found,) = view.apply(batch, draws)
        expected = (1.3 * batch.images[0]).clamp(max=255)
        torch.testing.assert_close(found.images[0], expected)
        view, batch, draws = self.draws("posterise", 0.0)
        (found,) = view.apply(batch, draws)
        assert torch.equal(found.images[0] % 16, torch.zeros(3, 32, 32))
        view, batch, draws = self.draws("shift_x", 1.0)  # a fifth of the side
        (found,) = view.apply(batch, draws)
        columns = found.targets[0, 0].any(0).nonzero()[:, 0]
        assert columns[0] == pytest.approx(8 - 6.4, abs=0.6)

    def test_an_erased_rectangle_is_noise_without_a_label(self):
        view, batch, draws = self.draws("identity", 0.0)
        erased = torch.tensor([True, False])
        rectangle = torch.tensor([[0.25, 0.25, 0.5, 0.5]] * 2)
        (found,) = view.apply(batch, draws._replace(erased=erased, rectangle=rectangle))
        inside = slice(8, 16), slice(8, 16)
        assert found.targets[0, 0][inside].sum() == 0
        assert found.targets[0].sum() == 144 - 64
        assert torch.equal(found.images[0, 0][inside], draws.noise[0, 0][inside])
        assert torch.equal(found.images[2], batch.images[2])

    def test_half_of_the_windows_are_each_of_rotated_brightened_erased(self):
        torch.manual_seed(0)
        images = torch.zeros(4000, 3, 1, 1)
        draws = WindowChanges(slices=2).draw(Batch(images, images, images))
        for drawn in (draws.rotated, draws.brightened, draws.erased):
            assert float(drawn.float().mean()) == pytest.approx(0.5, abs=0.04)
        sides = draws.rectangle[:, 2:] - draws.rectangle[:, :2]
        area = sides.prod(1)
        assert float(area.min()) >= 0.02
        assert float(area.max()) <= 0.05 + 1e-6
        assert set(draws.degrees.tolist()) == set(range(-15, 15))


def test_windows_are_stretched_as_one():
    images = torch.arange(10.0).view(10, 1, 1, 1).expand(-1, 1, 2, 2)
    found = window_uint8_range(images)
    assert found.shape == (10, 3, 2, 2)
    expected = 255 * torch.tensor([0, 0.25, 0.5, 0.75, 1] * 2)
    torch.testing.assert_close(found[:, 1, 0, 0], expected)
    assert torch.equal(window_uint8_range(images, photo=True)[:, 0], images[:, 0])


class Echo:
    """A method whose relative logits are its images; for one, two or more classes."""

    def __init__(self, asked=slice(None)):
        self.asked = asked
        self.seen = []

    def normalised(self, images):
        return images

    def network(self, images, prompts=None, cached=None):
        self.seen.append(images)
        return images

    def chosen(self, logits):
        return logits[:, self.asked]


class TestPolicies:
    def test_the_most_likely_class_wins_though_none_has_half(self):
        # background 0, classes 0.2 and 0.1: probabilities below one half
        scores = torch.tensor([0.0, 0.2, 0.1]).view(1, 3, 1, 1)
        found = margins(scores, nested=False).flatten()
        torch.testing.assert_close(found, torch.tensor([0.1, -0.1]))
        # of nested structures the outer one has both classes
        found = margins(scores, nested=True).flatten()
        torch.testing.assert_close(found, torch.tensor([0.2, -0.1]))

    def test_one_class_is_the_default(self):
        images = torch.randn(5, 1, 4, 4)
        assert torch.equal(Argmax(batch_size=2)(Echo(), images), images)

    def test_windows_that_see_a_slice_are_averaged_and_ends_count_once(self):
        # a network that says the same of all slices of a window: its middle's logit
        class Middle(Echo):
            def network(self, images, prompts=None, cached=None):
                windows = images.unflatten(0, (-1, 3))
                return windows[:, 1:2].expand(-1, 3, -1, -1, -1).flatten(0, 1)

        images = torch.tensor([2.0, -1.0, 0.5]).view(3, 1, 1, 1)
        p = images.sigmoid().flatten()
        found = Windows(batch_size=3, size=3)(Middle(), images).flatten()
        # slice 0 is seen by the windows around 0 and 1, slice 1 by all three
        means = torch.stack([p[:2].mean(), p.mean(), p[1:].mean()])
        torch.testing.assert_close(found, means.logit())

    def test_the_number_of_slices_at_a_time_changes_nothing(self):
        images = torch.randn(7, 2, 4, 4)
        found = [Windows(batch_size=size)(Echo(), images) for size in (1, 10, 100)]
        torch.testing.assert_close(found[0], found[1])
        torch.testing.assert_close(found[0], found[2])


def test_rates_by_epoch():
    rate = poly_by_epoch(base=1.0, horizon=50, epoch_steps=10, power=0.9)
    assert rate(0) == rate(9) == 1
    assert rate(10) == pytest.approx(0.8**0.9)
    rate = cosine_by_epoch(base=2.0, horizon=40, epoch_steps=10, least=1.0)
    assert [rate(step) for step in (0, 9, 20, 40)] == pytest.approx([2, 2, 1.5, 1])


def test_sam_adapter_has_no_more_masks_than_sam():
    from sambench.models.sam.frame import Frame
    from sambench.models.sam_adapter import SamAdapter

    with pytest.raises(InputError, match=r"5 structures.*at most 4"):
        SamAdapter(build_sam("nano", 64), Frame(64, "none"), 5)


class TestDesam:
    """DeSAM from what was kept of its encoder."""

    @pytest.fixture
    def weights(self, tmp_path):
        from safetensors.torch import save_file

        torch.manual_seed(0)
        path = tmp_path / "sam.safetensors"
        save_file(build_sam("nano", 64).state_dict(), path)
        return path

    @pytest.fixture
    def network(self, weights):
        torch.manual_seed(1)
        return build_desam(backbone="sam_nano", weights=weights, image_size=64)

    def test_what_is_kept_gives_the_same_without_the_encoder_in_memory(self, network):
        images = 255 * torch.rand(2, 3, 64, 64)
        prompts = Prompts(boxes=torch.tensor([0.0, 0.0, 64, 64]).repeat(2, 1, 1))
        kept = network.encode(images)
        assert kept.shape == (2, 3 * 96 + 64, 4, 4)
        assert network.encoder.encoder is not None
        network.encoder.encoder = None
        network.eval()
        with torch.inference_mode():
            found = network(images, prompts, kept)
            assert network.encoder.encoder is None
            torch.testing.assert_close(found, network(images, prompts))
        names = {name.split(".")[0] for name in network.state_dict()}
        assert names == {"prompt_encoder", "prim", "pdmm"}

    @pytest.mark.parametrize("part", ["mask_decoder", "image_encoder"])
    def test_weights_that_lack_a_tensor_are_refused(self, part, tmp_path):
        from safetensors.torch import save_file

        state, path = build_sam("nano", 64).state_dict(), tmp_path / "sam.safetensors"
        del state[next(name for name in state if name.startswith(part))]
        save_file(state, path)
        with pytest.raises(InputError, match="1 tensors missing"):
            network = build_desam(backbone="sam_nano", weights=path, image_size=64)
            network.encode(torch.zeros(1, 3, 64, 64))

    def test_a_training_from_kept_taps_never_builds_the_encoder(
        self, weights, pack_discs, tmp_path
    ):
        recipe = {
            "id": "desam",
            "algorithm": {"name": "desam"},
            "network": {"name": "desam", "backbone": "sam_nano", "image_size": 64},
            "input": {"normalisation": "bytes", "context": 1, "cached": True},
            "prompt": {"name": "grid", "points_per_side": 3},
            "objective": {"name": "squared_dice_bce", "dice_only": True},
            "training": {
                "epochs": 1,
                "batch_size": 4,
                "slices": "foreground",
                "prompt": {"name": "anywhere"},
                "optimiser": {"name": "adam", "lr": 1e-4},
                "schedule": {"name": "poly_by_epoch"},
            },
        }
        encoding = encoding_of(recipe)
        assert encoding == ("desam", "sam_nano", 64)
        domain, path = pack_discs(size=64), tmp_path / "taps.npy"
        encode_domain(domain, encoding, weights, path, threads=1)
        state = ResumeState(tmp_path / "state.pt", "key")
        trained = train(
            recipe,
            [domain],
            seed=1,
            threads=1,
            resume=state,
            backbone=weights,
            embeddings=open_all([path]),
        )
        assert trained.method.network.encoder.encoder is None
        assert set(trained.history) >= {"loss", "loss_quality"}
        with pytest.raises(InputError, match=r"input\.cached.*views"):
            encoding_of(recipe | {"views": [{"name": "flip"}]})

    def test_the_mask_of_the_whole_box_is_cleaned_at_test_only(self, network):
        logits = torch.full((1, 64, 64), -5.0)
        logits[0, :32] = 5.0
        logits[0, 60, 60] = 5.0  # an island of one pixel
        assert torch.equal(network.train().finish(logits), logits)
        cleaned = network.eval().finish(logits) > 0
        assert cleaned.sum() == 32 * 64

    def test_several_structures_are_refused(self, weights):
        recipe = {
            "id": "desam",
            "network": {"name": "desam", "backbone": "sam_nano", "image_size": 64},
            "input": {"normalisation": "bytes"},
            "prompt": {"name": "whole"},
            "objective": {"name": "squared_dice_bce"},
            "training": {"prompt": None},
        }
        with pytest.raises(InputError, match=r"disc, cup.*one structure"):
            Desam(recipe=recipe, structures=["disc", "cup"], backbone=weights)


def test_prompts_are_encoded_in_full_precision_where_the_rest_is_not():
    torch.manual_seed(0)
    sam = build_sam("nano", 1024)
    boxes = torch.tensor([[13.0, 500.0, 777.0, 1001.0]])
    expected = encode_prompts(sam.prompt_encoder, boxes=boxes)
    with torch.autocast("cpu", torch.bfloat16):
        found = encode_prompts(sam.prompt_encoder, boxes=boxes)
        theirs, _ = sam.prompt_encoder(None, boxes, None)
    for ours, whole in zip(found, expected, strict=True):
        assert torch.equal(ours, whole)
    assert (theirs - expected[1]).abs().max() > 0.01


@pytest.mark.parametrize(
    ("backbone", "blocks"),
    [
        ("vit_b", (2, 5, 8)),
        ("vit_l", (5, 11, 17)),
        ("vit_h", (7, 15, 23)),
        ("nano", (0, 1, 2)),
    ],
)
def test_desam_taps_the_global_blocks_but_the_last(backbone, blocks):
    assert tapped_blocks(sam_size(backbone)) == blocks


def test_a_domain_without_a_label_is_refused_if_the_objective_needs_all(small_training):
    recipe = small_training | {"objective": {"name": "softmax_dice_ce"}}
    method = build_method(recipe, ["disc", "cup"])
    method.learn_from([["cup", "disc"], ["disc", "cup"]])
    with pytest.raises(InputError, match="not labelled for every structure"):
        method.learn_from([["disc", "cup"], ["disc"]])


class TestPromptsThatThereMayBe:
    """In training every prompt that there may be is decoded."""

    @pytest.fixture
    def network(self):
        torch.manual_seed(0)
        return PromptableSam(build_sam("nano", 32), Frame(32, "mean_std"))

    @pytest.fixture
    def masks(self):
        masks = torch.zeros(3, 2, 32, 32, dtype=torch.bool)
        masks[0, 0, 4:20, 4:20] = masks[0, 1, 8:12, 8:12] = masks[1, 1, 5:9, 2:30] = (
            True
        )
        return masks

    def test_logits_are_those_of_the_prompts_that_there_are(self, network, masks):
        images = 255 * torch.rand(3, 3, 32, 32)
        prompts = box_prompt(masks, None)
        expected = network.eval()(images, prompts)
        found = network.train()(images, prompts)
        torch.testing.assert_close(found, expected)
        assert (found[2] == NOTHING).all() and (found[1, 0] == NOTHING).all()

    def test_structures_that_are_not_asked_for_are_not_decoded(self, network, masks):
        masks[0, 1] = False  # one structure a slice
        images = 255 * torch.rand(3, 3, 32, 32)
        prompts = box_prompt(masks, None)
        expected = network.train()(images, prompts)
        asked = torch.tensor([[0], [1], [0]])
        found = network(images, prompts._replace(asked=asked))
        torch.testing.assert_close(found, expected)
        where, decoded, _ = network.ask(
            network.encode(images), prompts._replace(asked=asked), (32, 32)
        )
        assert len(decoded) == 3 and where[1].tolist() == [0, 1, 0]
