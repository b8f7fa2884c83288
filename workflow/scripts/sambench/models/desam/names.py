"""Tensor names of the published DeSAM, to ours and back."""

from sambench.models.sam.renaming import Renaming

_PDMM = "mask_decoder.pimm"
_CONTEXT = f"{_PDMM}.conv_blocks_context.{{i}}"
_JOINING = f"{_PDMM}.conv_blocks_localization.{{i}}"

NAMES = Renaming(
    [
        (f"{_CONTEXT}.block_init", "pdmm.contexts.{i}.first"),
        (
            f"{_CONTEXT}.residual_block.{{i}}.0.conv",
            "pdmm.contexts.{i}.enlarging.{i}.up",
        ),
        (
            f"{_CONTEXT}.residual_block.{{i}}.1",
            "pdmm.contexts.{i}.enlarging.{i}.residual",
        ),
        (f"{_JOINING}.transp_conv.conv", "pdmm.joining.{i}.up"),
        (f"{_JOINING}.res_block", "pdmm.joining.{i}.residual"),
        (f"{_PDMM}.mask_embedding_fusion", "pdmm.fusion"),
        # That of the finest level of three; the others are for deep supervision
        (f"{_PDMM}.seg_outputs.1", "pdmm.head"),
        ("mask_decoder", "prim"),
    ],
    within=[
        ("conv1.conv", "conv1"),
        ("conv2.conv", "conv2"),
        ("conv3.conv", "conv3"),
        ("se.fc.0", "squeeze"),
        ("se.fc.2", "excite"),
    ],
)
