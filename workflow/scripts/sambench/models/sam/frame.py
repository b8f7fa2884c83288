"""Between packed slices and the square images that a SAM reads."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from sambench.errors import require_known
from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.resizing import RESIZINGS, interpolated
from sambench.models.sam.scaling import SCALINGS

# How logits come back: "direct" in one bilinear step; "as_sam" by the size of the
# network's images, as SAM's predictor and generator, which smooths a little;
# "probabilities" in one step after the sigmoid, as MedSAM_Inference.py does.
ENLARGEMENTS = ("direct", "as_sam", "probabilities")


@dataclass
class Frame:
    """Resizes the long side, scales intensities and pads with zeros.

    Parameters
    ----------
    size : int
        Side of the network's images in pixels.
    scaling : str
        A name in `SCALINGS`, or ``"none"`` for images that are already normalised.
    enlarge : str
        A name in `ENLARGEMENTS`, for `leave`.
    resizing : str
        A name in `RESIZINGS`.

    Raises
    ------
    InputError
        If a name is not known.
    """

    size: int
    scaling: str
    enlarge: str = "direct"
    resizing: str = "bilinear"

    def __post_init__(self) -> None:
        """Check the names."""
        where, scalings = "the recipe's network", [*SCALINGS, "none"]
        require_known(where, "scaling", [self.scaling], scalings)
        require_known(where, "enlargement", [self.enlarge], ENLARGEMENTS)
        require_known(where, "resizing", [self.resizing], RESIZINGS)

    def enter(self, images: Tensor) -> Tensor:
        """Bring images `(B, 3, H, W)` into the frame, `(B, 3, S, S)`."""
        height, width = self._inner(images.shape[-2:], self.size)
        if images.shape[-2:] != (height, width):
            images = RESIZINGS[self.resizing](images, (height, width))
        if self.scaling != "none":
            images = SCALINGS[self.scaling](images)
        if height == width:
            return images
        return functional.pad(images, (0, self.size - width, 0, self.size - height))

    def enter_labels(self, masks: Tensor) -> Tensor:
        """Bring masks `(B, C, H, W)` into the frame by nearest pixels, 0 around."""
        height, width = self._inner(masks.shape[-2:], self.size)
        if masks.shape[-2:] != (height, width):
            masks = functional.interpolate(masks, (height, width), mode="nearest-exact")
        return functional.pad(masks, (0, self.size - width, 0, self.size - height))

    def scale(self, shape: tuple[int, int]) -> float:
        """Return the factor from pixels of slices `(H, W)` to those of the network."""
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

        In one bilinear step, unless `enlarge` says otherwise: at equal sizes nothing
        changes, as where DB-SAM scores masks of 256 pixels at 256 pixels.

        Parameters
        ----------
        logits : Tensor, `(N, M, s, s)`
            Logits of the whole frame.
        shape : (int, int)
            Rows and columns of the slices.

        Returns
        -------
        Tensor, `(N, M, H, W)`
        """
        if self.enlarge == "as_sam":
            logits = interpolated(logits, (self.size, self.size))
        logits = self.crop(logits, shape)
        if logits.shape[-2:] == tuple(shape):
            return logits
        if self.enlarge == "probabilities":
            return interpolated(logits.sigmoid(), tuple(shape)).logit(1e-6)
        return interpolated(logits, tuple(shape))

    def crop(self, logits: Tensor, shape: tuple[int, int]) -> Tensor:
        """Take the padding off logits `(N, M, s, s)` of slices `(H, W)`."""
        height, width = self._inner(shape, logits.shape[-1])
        return logits[..., :height, :width]

    @staticmethod
    def _inner(shape: tuple[int, int], size: int) -> tuple[int, int]:
        """Rows and columns of a frame that the slice takes."""
        return tuple(max(1, round(side * size / max(shape))) for side in shape)


def frame_of(
    backbone: str,
    image_size: int | None = None,
    scaling: str | None = None,
    enlarge: str = "direct",
    resizing: str | None = None,
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
    enlarge : str
        A name in `ENLARGEMENTS`.
    resizing : str, optional
        A name in `RESIZINGS`, by default that of the backbone's code.
    """
    found = find_backbone(backbone)
    return Frame(
        image_size or found.image_size,
        scaling or found.scaling,
        enlarge,
        resizing or found.resizing,
    )
