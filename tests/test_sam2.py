"""SAM 2.1 and SAM 3: small random models of the real classes behind one adapter."""

import os

import pytest
import torch
from safetensors.torch import save_file

from sambench.errors import InputError
from sambench.methods.batch import Prompts
from sambench.models.sam2.build import build, build_model, load_weights
from sambench.models.sam2.network import NOTHING, TransformersSam
from sambench.models.sam2.sizes import PUBLISHED, Published

if not os.environ.get("CI"):  # `make test` installs the extra
    pytest.importorskip("transformers", reason="the extra sam2 is not installed")
pytestmark = pytest.mark.usefixtures("one_thread")

SMALL_DECODER = {
    "hidden_size": 32,
    "mlp_dim": 32,
    "num_attention_heads": 2,
    "iou_head_hidden_dim": 32,
}


def small_sam2() -> tuple[torch.nn.Module, int]:
    published = Published(
        "sam2",
        64,
        (0.5,) * 3,
        (0.5,) * 3,
        {
            "hidden_size": 8,
            "embed_dim_per_stage": [8, 16, 32, 64],
            "blocks_per_stage": [1, 1, 2, 1],
            "global_attention_blocks": [3],
            "image_size": [64, 64],
        },
    )
    model = build_model(
        published,
        vision={
            "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
        },
        prompt_encoder_config={
            "hidden_size": 32,
            "image_size": 64,
            "mask_input_channels": 8,
        },
        mask_decoder_config=SMALL_DECODER,
    )
    return model, 64


def small_sam3() -> tuple[torch.nn.Module, int]:
    from transformers import Sam3ViTConfig

    vit = Sam3ViTConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=56,
        window_size=2,
        pretrain_image_size=28,
        global_attn_indexes=[1],
    )
    model = build_model(
        PUBLISHED["sam3"],
        vision={
            "backbone_config": vit,
            "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
        },
        prompt_encoder_config={
            "hidden_size": 32,
            "image_size": 56,
            "mask_input_channels": 8,
        },
        mask_decoder_config=SMALL_DECODER,
    )
    return model, 56


@pytest.fixture(params=[small_sam2, small_sam3], ids=["sam2", "sam3"])
def network(request) -> TransformersSam:
    torch.manual_seed(0)
    return TransformersSam(*request.param(), (0.4,) * 3, (0.2,) * 3)


def enlarged(masks: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.interpolate(masks, (24, 32), mode="bilinear")[0, 0]


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(1)
    return 255 * torch.rand(2, 3, 24, 32, generator=generator)


def test_a_box_is_asked_as_first_and_last_pixel_of_the_stretched_image(network, images):
    boxes = torch.full((2, 2, 4), -1.0)
    boxes[0, 1] = torch.tensor([3.0, 4.0, 4.0, 10.0])  # one column, six rows
    logits = network(images, Prompts(boxes=boxes))
    assert logits.shape == (2, 2, 24, 32)
    assert (logits[0, 0] == NOTHING).all()
    assert (logits[1] == NOTHING).all()

    # The model itself, asked by hand
    size = network.image_size
    pixels = torch.nn.functional.interpolate(
        images[:1] / 255, (size, size), mode="bilinear"
    )
    pixels = (pixels - 0.4) / 0.2
    x, y = size / 32, size / 24
    box = torch.tensor([[[3 * x, 4 * y, 4 * x - 1, 10 * y - 1]]])
    with torch.no_grad():
        out = network.model(
            pixel_values=pixels, input_boxes=box, multimask_output=False
        )
    masks = torch.nn.functional.interpolate(
        out.pred_masks[:, 0], (24, 32), mode="bilinear"
    )
    torch.testing.assert_close(logits[0, 1], masks[0, 0], atol=1e-5, rtol=1e-4)


def test_of_the_answers_to_one_point_the_best_is_taken(network, images):
    clicks = torch.tensor([[[[7.5, 3.5]]], [[[0.5, 23.5]]]])
    logits = network(images, Prompts(clicks=clicks))
    size = network.image_size
    scale = torch.tensor([size / 32, size / 24])
    with torch.no_grad():
        for number in range(2):
            out = network.model(
                image_embeddings=network.model.get_image_embeddings(
                    network._enter(images[number : number + 1])
                ),
                input_points=(clicks[number][None] * scale - 0.5),
                multimask_output=True,
            )
            assert out.pred_masks.shape[2] == 3
            best = out.pred_masks[:, 0, out.iou_scores[0, 0].argmax()][:, None]
            torch.testing.assert_close(
                logits[number, 0], enlarged(best), atol=1e-5, rtol=1e-4
            )


def test_a_click_outside_says_something_else_than_one_inside(network, images):
    boxes = torch.tensor([[[3.0, 4.0, 9.0, 10.0]]] * 2)
    clicks = torch.tensor([[[[5.5, 5.5]]]] * 2)
    with_label = [
        network(images, Prompts(boxes, clicks, torch.full((2, 1, 1), label)))
        for label in (0.0, 1.0)
    ]
    assert not torch.allclose(*with_label)
    torch.testing.assert_close(with_label[1], network(images, Prompts(boxes, clicks)))


def test_an_earlier_answer_is_given_back(network, images):
    boxes = torch.tensor([[[3.0, 4.0, 9.0, 10.0]]] * 2)
    answers = torch.full((2, 1, 24, 32), -100.0)
    answers[..., 4:10, 3:9] = 100.0
    improved = network(images, Prompts(boxes=boxes, answers=answers))
    assert not torch.allclose(improved, network(images, Prompts(boxes=boxes)))
    clamped = Prompts(boxes=boxes, answers=answers.clamp(-500, 500) * 2)
    torch.testing.assert_close(improved, network(images, clamped), atol=0.1, rtol=0.1)


def test_a_batch_answers_as_its_slices_alone(network, images):
    boxes = torch.tensor([[[3.0, 4.0, 9.0, 10.0]], [[0.0, 0.0, 32.0, 24.0]]])
    whole = network(images, Prompts(boxes=boxes))
    for number in range(2):
        rows = slice(number, number + 1)
        alone = network(images[rows], Prompts(boxes=boxes[rows]))
        torch.testing.assert_close(whole[rows], alone, atol=1e-5, rtol=1e-4)


def test_a_grid_of_points_is_refused(network, images):
    with pytest.raises(InputError, match="grid"):
        network(images, Prompts(grid=torch.zeros(4, 2)))


def test_nothing_is_trained(network):
    assert not [p for p in network.parameters() if p.requires_grad]


def test_published_weights_are_read_under_their_names(tmp_path):
    torch.manual_seed(2)
    model, _ = small_sam3()
    published = {}
    for name, tensor in model.state_dict().items():
        if name == "shared_image_embedding.positional_embedding":
            continue  # the same tensor as in the prompt encoder
        if name.startswith("vision_encoder.backbone."):
            name = f"detector_model.{name}"
        elif name.startswith("vision_encoder.neck."):
            name = name.replace("vision_encoder.neck.", "tracker_neck.")
        else:
            name = f"tracker_model.{name}"
        published[name] = tensor.clone()
    published["tracker_model.memory_encoder.weight"] = torch.zeros(3)
    again, _ = small_sam3()
    load_weights(again, published, tmp_path)
    code = "prompt_encoder.shared_embedding.positional_embedding"
    for name, tensor in again.state_dict().items():
        expected = model.state_dict()[
            code if name == "shared_image_embedding.positional_embedding" else name
        ]
        torch.testing.assert_close(tensor, expected)
    del published["tracker_model.no_memory_embedding"]
    with pytest.raises(InputError, match="no_memory_embedding"):
        load_weights(again, published, tmp_path)


def test_weights_of_another_size_are_refused(tmp_path):
    model, _ = small_sam2()
    save_file(
        {n: t.contiguous().clone() for n, t in model.state_dict().items()},
        tmp_path / "w.safetensors",
    )
    with pytest.raises(InputError, match="another shape"):
        build(backbone="sam2_hiera_tiny", weights=tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="sam2_hiera_tiny"):
        build(backbone="sam2_hiera", weights=tmp_path / "w.safetensors")


# Without the memory of the video model, which has about 7.5 million: SAM 2 states 38.9,
# 46.0, 80.8 and 224.4 million with it.
@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("sam2_hiera_tiny", 38.9),
        ("sam2_hiera_small", 46.0),
        ("sam2_hiera_base_plus", 80.8),
        ("sam2_hiera_large", 224.4),
    ],
)
def test_published_sizes_have_the_stated_parameters(name, millions):
    with torch.device("meta"):
        model = build_model(PUBLISHED[name])
    count = sum(p.numel() for p in model.parameters()) / 1e6
    assert count + 7.5 == pytest.approx(millions, abs=0.1)
