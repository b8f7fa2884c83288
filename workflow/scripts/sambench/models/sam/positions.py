"""Position tables of SAM's image encoder, resized to another image size."""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.build import SamSize
from sambench.weights.fitting import refuse_misfit

_PREFIX = "image_encoder."


def resize_positions(
    state: Mapping[str, Tensor], size: SamSize, image_size: int
) -> dict[str, Tensor]:
    """Resize the tables of a SAM state dict as SAMed and DAPSAM do.

    Absolute positions are resized bilinearly, the relative ones of the global blocks
    linearly along their length, both without antialiasing and with `align_corners`
    off. The global blocks are known from the backbone, not from their names, which
    SAMed and DAPSAM search for the digits of ViT-B's.

    Parameters
    ----------
    state : mapping of str to Tensor
        With the names of the official checkpoints.
    size : SamSize
        Size of the backbone.
    image_size : int
        Side of the images to come, in pixels.
    """
    state = resize_absolute_positions(state, size, image_size)
    grid = image_size // size.patch
    for block in size.global_blocks:
        for axis in ("h", "w"):
            name = f"{_PREFIX}blocks.{block}.attn.rel_pos_{axis}"
            if name in state and len(state[name]) != 2 * grid - 1:
                table = state[name][None, None]
                state[name] = _resized(table, (2 * grid - 1, table.shape[-1]))[0, 0]
    return state


def resize_absolute_positions(
    state: Mapping[str, Tensor], size: SamSize, image_size: int, mode: str = "bilinear"
) -> dict[str, Tensor]:
    """Resize the absolute positions alone; see `resize_positions`.

    Med-SA interpolates in the mode ``"bicubic"``.
    """
    state = dict(state)
    grid = image_size // size.patch
    name = f"{_PREFIX}pos_embed"
    if name in state and state[name].shape[1:3] != (grid, grid):
        table = _resized(state[name].permute(0, 3, 1, 2), (grid, grid), mode)
        state[name] = table.permute(0, 2, 3, 1).contiguous()
    return state


def load_sam_weights(
    sam: nn.Module,
    state: Mapping[str, Tensor],
    size: SamSize | None = None,
    where: object = "the SAM weights",
) -> None:
    """Load a SAM state dict strictly, positions resized to the network's images.

    `size` is None for a backbone without position tables (LiteMedSAM).

    Raises
    ------
    InputError
        If names or shapes do not fit.
    """
    if size is not None:
        state = resize_positions(state, size, sam.image_encoder.img_size)
    remedy = "Give the weights that belong to the backbone"
    refuse_misfit(state, sam.state_dict(), where, "the recipe's backbone", remedy)
    sam.load_state_dict(state, strict=True)


def _resized(images: Tensor, size: tuple[int, int], mode: str = "bilinear") -> Tensor:
    return functional.interpolate(images.float(), size, mode=mode, align_corners=False)
