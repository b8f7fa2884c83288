"""How many parameters each method of the SAM family trains, counted by hand.

SAM's decoder at 256 channels, from its layers:
an attention of inner width D has 3 (256 D + D) + 256 D + 256 parameters, which is
263,168 for D = 256 and 131,712 for D = 128; a layer of the two-way transformer has the
first once, the second twice, an MLP of 1,050,880 and four norms of 512; two layers, the
last attention and a norm make 3,291,264. A hypernetwork has 2 x 65,792 + 8,224.
"""

import pytest
import torch
from torch import nn

from sambench.models.desam.builder import decoding_part
from sambench.models.desam.network import Desam
from sambench.models.ma_sam import adapt as adapt_ma_sam
from sambench.models.med_sa import adapt as adapt_med_sa
from sambench.models.sam.build import build_sam, sam_size
from sambench.models.sam.builders import TUNINGS
from sambench.models.sam.frame import Frame
from sambench.models.sam_adapter import SamAdapter
from sambench.models.sam_med2d import adapt as adapt_sam_med2d
from sambench.models.samed import adapt as adapt_samed

WIDTH = {"vit_b": 768, "vit_h": 1280}
DEPTH = {"vit_b": 12, "vit_h": 32}
TRANSFORMER = 3_291_264
TOKEN = 256
ENLARGING = 65_600 + 128 + 8_224  # two transposed convolutions and a norm
HYPERNETWORK = 139_808
QUALITY = 132_612
# All but the quality head, for four masks
DECODER = TRANSFORMER + 5 * TOKEN + ENLARGING + 4 * HYPERNETWORK
NO_MASK = 256

sizes = pytest.mark.parametrize("backbone", sorted(WIDTH))


def trained(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.fixture
def sam(backbone):
    with torch.device("meta"):
        return build_sam(backbone, 256)


@sizes
def test_samed(sam, backbone):
    adapt_samed(sam, sam_size(backbone), 3, rank=4)
    low_rank = {"vit_b": 147_456, "vit_h": 32 * 4 * 1280 * 4}[backbone]
    decoder = TRANSFORMER + 4 * TOKEN + ENLARGING + 3 * HYPERNETWORK
    assert trained(sam) == low_rank + decoder + NO_MASK


@sizes
def test_sam_adapter(sam, backbone):
    width, depth, hidden = WIDTH[backbone], DEPTH[backbone], WIDTH[backbone] // 32
    assert hidden == {"vit_b": 24, "vit_h": 40}[backbone]
    task, frequency = width * hidden + hidden, 3 * 16 * 16 * hidden + hidden
    each, up = depth * (hidden * hidden + hidden), hidden * width + width
    network = SamAdapter(sam, Frame(256, "none"), 1)
    expected = task + frequency + each + up + DECODER + NO_MASK
    assert trained(network) == expected


@sizes
@pytest.mark.parametrize("variant", ["released", "intended"])
def test_med_sa(sam, backbone, variant):
    adapt_med_sa(sam, variant)
    width = WIDTH[backbone]
    adapter = 2 * width * (width // 4) + width // 4 + width
    assert trained(sam) == 2 * DEPTH[backbone] * adapter + DECODER


@sizes
def test_medsam(backbone):
    with torch.device("meta"):
        sam = build_sam(backbone, 1024)
    total = {"vit_b": 93_735_472, "vit_h": 641_090_608}[backbone]
    TUNINGS["full"](sam)
    assert trained(sam) == total - 6_220  # the prompt encoder
    TUNINGS["decoder"](sam)
    assert trained(sam) == DECODER + QUALITY == 4_058_340


@sizes
def test_desam(backbone):
    def residual(before, after):
        shortcut = before * after if before != after else 0
        convolutions = 9 * before * after + 9 * after * after + shortcut
        return convolutions + 2 * after * (after // 16)

    def up(before, after):
        return 4 * before * after

    width = WIDTH[backbone]
    contexts = sum(
        residual(width, w) + level * (up(w, w) + residual(w, w))
        for level, w in enumerate((256, 128, 64))
    )
    joining = up(256, 128) + residual(256, 128) + up(128, 64) + residual(128, 64)
    mask_module = contexts + residual(512, 256) + joining + 64
    assert mask_module == {"vit_b": 7_438_400, "vit_h": 9_732_160}[backbone]
    with torch.device("meta"):
        parts = decoding_part(sam_size(backbone), 1024)
        network = Desam(parts, None, Frame(1024, "none"), width, [256, 128, 64])
    assert trained(network) == mask_module + TRANSFORMER + 5 * TOKEN + QUALITY
    assert trained(network) == sum(p.numel() for p in network.parameters()) - 6_220


@sizes
def test_ma_sam(sam, backbone):
    adapt_ma_sam(sam, sam_size(backbone), 2)
    width, depth = WIDTH[backbone], DEPTH[backbone]
    fact = 2 * 32 * width + depth * 2 * 32 * 32
    convolution = 3 * 384 * 384 + 384
    adapters = 2 * depth * (2 * width + 2 * 384 * width + convolution)
    enlarging = 65_600 + 128 + 8_224 + 64 + 2_064 + 32 + 520
    hypernetwork = 2 * 65_792 + 256 * 8 + 8
    decoder = TRANSFORMER + 3 * TOKEN + enlarging + 2 * hypernetwork
    assert trained(sam) == fact + adapters + decoder + NO_MASK


@sizes
def test_sam_med2d(sam, backbone):
    adapt_sam_med2d(sam)
    width = WIDTH[backbone]
    adapter = 2 * width * (width // 4) + 25 * width * width + 2 * width
    if backbone == "vit_b":
        assert adapter == 15_042_048
        assert 12 * adapter == 180_504_576
    corners = 2 * 256
    expected = DEPTH[backbone] * adapter + DECODER + QUALITY + NO_MASK + corners
    assert trained(sam) == expected
