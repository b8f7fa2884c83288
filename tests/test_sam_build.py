"""Building SAM networks, reading and resizing their weights."""

import hashlib
import logging
import pickle

import pytest
import torch

from sambench.errors import InputError
from sambench.models.sam.backbones import BACKBONES
from sambench.models.sam.build import SIZES, SamSize, build_sam, sam_size
from sambench.models.sam.package import ImageEncoderViT
from sambench.models.sam.positions import load_sam_weights, resize_positions
from sambench.models.sam.scaling import SCALINGS, mean_std, min_max
from sambench.weights.reading import read_state_dict

TINY = SamSize(16, 3, 2, (1,), window=4, channels=16, decoder_heads=2, decoder_mlp=32)


@pytest.mark.parametrize(
    ("name", "parameters"),
    # 93,735,472: published size of ViT-B; the others from the package's constructor
    [("vit_b", 93_735_472), ("vit_l", 312_342_832), ("vit_h", 641_090_608)],
)
def test_published_sizes_have_the_published_number_of_parameters(name, parameters):
    with torch.device("meta"):
        sam = build_sam(name)
    assert sum(p.numel() for p in sam.parameters()) == parameters
    assert len(sam.image_encoder.blocks) == SIZES[name].depth


def test_the_encoder_equals_the_packages_with_the_same_weights():
    torch.manual_seed(0)
    encoder = build_sam(TINY, image_size=96).image_encoder
    for name, parameter in encoder.named_parameters():
        if "pos" in name:
            torch.nn.init.normal_(parameter)
    images = torch.randn(2, 3, 96, 96)
    with torch.no_grad():
        theirs = ImageEncoderViT.forward(encoder, images)
        ours = encoder(images)
    assert ours.shape == (2, 16, 6, 6)
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def test_checkpointing_changes_no_gradient():
    torch.manual_seed(0)
    encoder = build_sam(TINY, image_size=64).image_encoder
    images = torch.randn(1, 3, 64, 64)
    gradients = []
    for checkpointing in (False, True):
        encoder.zero_grad()
        encoder.checkpointing = checkpointing
        encoder(images).square().sum().backward()
        gradients.append([p.grad for p in encoder.parameters()])
    assert all(torch.allclose(a, b) for a, b in zip(*gradients, strict=True))
    assert gradients[0][0].abs().max() > 0


def test_an_image_size_that_is_no_multiple_of_the_patch_is_refused():
    with pytest.raises(InputError, match=r"100 pixels.*multiple"):
        build_sam(TINY, image_size=100)


def test_an_unknown_backbone_lists_the_known_ones():
    with pytest.raises(InputError, match=r"vit_x.*vit_b, vit_h, vit_l"):
        sam_size("vit_x")


def test_positions_are_resized_for_the_global_blocks_of_the_backbone_only():
    size = SIZES["vit_l"]
    ramp = torch.arange(127.0)[:, None].expand(-1, 4).clone()
    state = {
        f"image_encoder.blocks.{block}.attn.rel_pos_{axis}": ramp.clone()
        for block in (2, 5, 12, 23)
        for axis in "hw"
    }
    state["image_encoder.pos_embed"] = (
        torch.arange(64.0).view(1, 1, 64, 1).repeat(1, 64, 1, 4)
    )
    resized = resize_positions(state, size, image_size=512)
    lengths = {
        block: len(resized[f"image_encoder.blocks.{block}.attn.rel_pos_h"])
        for block in (2, 5, 12, 23)
    }
    # global in ViT-L: 5, 11, 17, 23; ViT-B's 2 and names with a digit of it are not
    assert lengths == {2: 127, 5: 63, 12: 127, 23: 63}
    # halving a ramp without antialiasing takes the middle of neighbours
    column = resized["image_encoder.pos_embed"][0, 0, :, 0]
    assert torch.allclose(column, torch.arange(32.0) * 2 + 0.5)
    table = resized["image_encoder.blocks.5.attn.rel_pos_w"][:, 0]
    scale = 127 / 63
    expected = (torch.arange(63.0) + 0.5) * scale - 0.5
    assert torch.allclose(table, expected, atol=1e-4)


def test_weights_of_another_image_size_load_after_resizing():
    torch.manual_seed(0)
    state = build_sam(TINY, image_size=128).state_dict()
    small = build_sam(TINY, image_size=64)
    load_sam_weights(small, state, TINY)
    assert torch.equal(
        small.image_encoder.blocks[0].attn.rel_pos_h,
        state["image_encoder.blocks.0.attn.rel_pos_h"],
    )
    with pytest.raises(InputError, match="188 tensors missing"):
        load_sam_weights(small, {}, TINY)


def test_the_generations_of_medsam_are_scaled_differently():
    assert BACKBONES["medsam"].scaling == "min_max"
    assert BACKBONES["medsam_v0"].scaling == "mean_std"
    assert {b.scaling for b in BACKBONES.values()} <= {*SCALINGS, "none"}


def test_scalings_by_hand():
    images = torch.tensor([0.0, 50.0, 100.0, 200.0]).view(1, 1, 2, 2).repeat(1, 3, 1, 1)
    images = torch.cat([images, torch.full_like(images, 7.0)])
    scaled = min_max(images)
    assert scaled[0, 0].flatten().tolist() == [0.0, 0.25, 0.5, 1.0]
    assert scaled[1].abs().max() == 0
    assert mean_std(images)[0, 1, 1, 0].item() == pytest.approx((100 - 116.28) / 57.12)


def test_checkpoints_are_verified_unwrapped_and_without_prefix(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"model": {"module.a": torch.ones(2)}, "epoch": 3}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    state = read_state_dict(path, f"sha256:{digest}")
    assert list(state) == ["a"]
    with pytest.raises(InputError, match=f"found sha256 {digest}, expected sha256 ff"):
        read_state_dict(path, "sha256:ff")


def test_weights_without_a_published_hash_are_read_with_a_warning(tmp_path, caplog):
    path = tmp_path / "weights.pth"
    torch.save({"a": torch.ones(2)}, path)
    with caplog.at_level(logging.WARNING):
        read_state_dict(path, BACKBONES["medsam_v0"].published)
    assert "no hash is published" in caplog.text


class _Harmful:
    def __reduce__(self):
        return (print, ("code from the file ran",))


def test_nothing_but_tensors_is_unpickled(tmp_path, capsys):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"a": _Harmful()}))
    with pytest.raises(InputError, match=r"objects of Python \(builtins.print\)"):
        read_state_dict(path)
    torch.save({"a": "text"}, path)
    with pytest.raises(InputError, match="a dict of a, expected a state dict"):
        read_state_dict(path)
    with pytest.raises(InputError, match="found no file"):
        read_state_dict(tmp_path / "absent.pth")
    assert "ran" not in capsys.readouterr().out
