"""Networks: image tensors in, one channel of logits per structure out."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from sambench.registry import Registry

if TYPE_CHECKING:
    from sambench.models.image_sizes import Misfit


class Network(NamedTuple):
    """An entry of `NETWORKS`; reading it needs no torch.

    Attributes
    ----------
    build : str
        ``"module:function"`` that builds the network from its arguments in a recipe,
        from `weights` if the recipe names a backbone, and from the number of
        `structures` if it is not prompted.
    prompted : bool
        Whether its channels of logits are those of the prompts.
    cached : str, optional
        ``"module:function"``, without torch, from a recipe to the `Encoding` that its
        method `encode` computes once for each slice, or to None.
    environment : str
        Conda environment that it runs in, a file of `envs`.
    fits : str, optional
        ``"module:function"``, without torch, from its arguments in a recipe and the
        side of packed slices to a `Misfit`, or to None if it can take the images.
    """

    build: str
    prompted: bool = False
    cached: str | None = None
    environment: str = "torch"
    fits: str | None = None


class Networks(Registry):
    """Networks by the names that recipes use.

    Parameters
    ----------
    networks : mapping
        Name to `Network`.
    """

    def __init__(self, networks: Mapping[str, Network]):
        super().__init__("network", networks, ("structures", "weights"), Network)

    def needed(self, part: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the arguments that a network has to take."""
        structures = () if self.prompted(part["name"]) else ("structures",)
        return structures + (("weights",) if "backbone" in part else ())

    def prompted(self, name: str) -> bool:
        """Return whether the channels of a network's logits are those of prompts."""
        return self.entry(name).prompted

    def cached(self, name: str | None) -> Callable[[Mapping[str, Any]], Any] | None:
        """Return the function that says what of a network is computed once."""
        return _imported(self.entry(name).cached) if name else None

    def misfit(self, part: Mapping[str, Any], side: int | None) -> "Misfit | None":
        """Return what keeps a network from taking slices of a side in pixels."""
        fits = _imported(self.entry(part["name"]).fits)
        return fits(part, side) if fits else None

    def environment(self, name: str | None) -> str:
        """Return the conda environment of a network, or of a method without one."""
        return self.entry(name).environment if name else "torch"

    def build(self, part: dict[str, Any], *, structures: int, **context: Any) -> Any:
        """Build a network; one that is prompted is not told how many structures."""
        if not self.prompted(part["name"]):
            context["structures"] = structures
        return super().build(part, **context)


def _imported(reference: str | None) -> Any:
    if reference is None:
        return None
    module, attribute = reference.split(":")
    return getattr(import_module(module), attribute)


_SIZES = "sambench.models.image_sizes"
_ONCE = "sambench.models.encoding"


def _vit(module: str, **options: Any) -> Network:
    """Return the entry of a network on a SAM with a ViT."""
    build = f"sambench.models.{module}:build"
    return Network(build, fits=f"{_SIZES}:vit_patches", **options)


def _cnn(build: str, **options: Any) -> Network:
    """Return the entry of a network in `models/cnn`."""
    return Network(f"sambench.models.cnn.{build}", **options)


NETWORKS = Networks(
    {
        "dual_norm_unet": _cnn("dual_norm:build_dual_norm_unet"),
        "efficientnet_unet": _cnn("efficientnet_unet:EfficientNetUNet"),
        "fcn16": _cnn("fcn16:build_fcn16"),
        "plain_unet": _cnn("plain_unet:PlainUNet", fits=f"{_SIZES}:even_widths"),
        "resnet_unet": _cnn(
            "resnet_unet:build_resnet_unet", fits=f"{_SIZES}:even_widths"
        ),
        "unet": Network("sambench.models.unet:UNet", fits=f"{_SIZES}:halved"),
        "promptable_sam": Network(
            "sambench.models.sam.builders:build_promptable",
            prompted=True,
            cached=f"{_ONCE}:embeddings",
            fits=f"{_SIZES}:patches",
        ),
        "samed": _vit("samed"),
        "sam_adapter": _vit("sam_adapter"),
        "med_sa": _vit("med_sa", prompted=True),
        "dapsam": _vit("dapsam.builder"),
        "dbsam": _vit("dbsam.builder", prompted=True, cached=f"{_ONCE}:prefix"),
        "desam": _vit("desam.builder", prompted=True, cached=f"{_ONCE}:taps"),
        "ma_sam": _vit("ma_sam"),
        "sam_med2d": _vit("sam_med2d", prompted=True),
        "sam2": Network(
            "sambench.models.sam2.build:build", prompted=True, environment="sam2"
        ),
    }
)
