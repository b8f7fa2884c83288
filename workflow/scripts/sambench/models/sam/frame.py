"""Between packed slices and the square images that a SAM reads."""

from torch import Tensor
from torch.nn import functional

from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.scaling import SCALINGS


class Frame:
    """Resizes the long side, scales intensities and pads with zeros.

    Parameters
    ----------
    size : int
        Side of the network's images in pixels.
    scaling : str
        A name in `SCALINGS`, or ``"none"`` for images that are already normalised.
    """

    def __init__(self, size: int, scaling: str):
        self.size = size
        self.scaling = scaling

    def enter(self, images: Tensor) -> Tensor:
        """Bring images `(B, 3, H, W)` into the frame, `(B, 3, S, S)`."""
        height, width = self._inner(images.shape[-2:], self.size)
        if images.shape[-2:] != (height, width):
            images = functional.interpolate(
                images,
                (height, width),
                mode="bilinear",
                align_corners=False,
                antialias=max(images.shape[-2:]) > self.size,
            )
        if self.scaling != "none":
            images = SCALINGS[self.scaling](images)
        if height == width:
            return images
        return functional.pad(images, (0, self.size - width, 0, self.size - height))

    def scale(self, shape: tuple[int, int]) -> float:
        """Give the factor from pixels of slices `(H, W)` to those of the network."""
        return self.size / max(shape)

    def enter_logits(
        self, logits: Tensor, size: tuple[int, int], outside: float
    ) -> Tensor:
        """Bring logits of slices to the grid of a network's mask prompts.

        Parameters
        ----------
        logits : Tensor, `(N, M, H, W)`
            On the grid of the slices.
        size : (int, int)
            Rows and columns of the mask prompts, of the whole frame.
        outside : float
            The logit of what is padded.

        Returns
        -------
        Tensor, `(N, M, *size)`
        """
        height, width = logits.shape[-2:]
        side = max(height, width)
        padding = (0, side - width, 0, side - height)
        return functional.interpolate(
            functional.pad(logits, padding, value=outside),
            tuple(size),
            mode="bilinear",
            align_corners=False,
            antialias=side > max(size),
        )

    def leave(self, logits: Tensor, shape: tuple[int, int]) -> Tensor:
        """Bring logits of any resolution back to the grid of the slices.

        In one bilinear step: at equal sizes nothing changes, as where DB-SAM scores
        masks of 256 pixels at 256 pixels.

        Parameters
        ----------
        logits : Tensor, `(N, M, s, s)`
            Of the whole frame.
        shape : (int, int)
            Rows and columns of the slices.

        Returns
        -------
        Tensor, `(N, M, H, W)`
        """
        height, width = self._inner(shape, logits.shape[-1])
        logits = logits[..., :height, :width]
        if logits.shape[-2:] == tuple(shape):
            return logits
        return functional.interpolate(
            logits, tuple(shape), mode="bilinear", align_corners=False
        )

    @staticmethod
    def _inner(shape: tuple[int, int], size: int) -> tuple[int, int]:
        """Rows and columns of a frame that the slice takes."""
        return tuple(max(1, round(side * size / max(shape))) for side in shape)


def frame_of(
    backbone: str, image_size: int | None = None, scaling: str | None = None
) -> Frame:
    """Build the frame of a backbone's images.

    Parameters
    ----------
    backbone : str
        A name in `BACKBONES`.
    image_size : int, optional
        Side of the network's images in pixels; by default the backbone's.
    scaling : str, optional
        How images are scaled, by default as the weights expect.
    """
    found = find_backbone(backbone)
    return Frame(image_size or found.image_size, scaling or found.scaling)
