"""The kinds of fixtures: what compares which, and how exactly."""

from typing import NamedTuple

from sambench.registry import Registry


class Kind(NamedTuple):
    """How the fixtures of a method are compared.

    Attributes
    ----------
    compare : str
        ``"module:function"`` that compares a `Fixture`.
    tolerance : float
        Largest error that passes, over the largest expected value.
    double : bool
        Whether everything is computed in float64.
    """

    compare: str
    tolerance: float = 1e-5
    double: bool = False


def _sam(compare: str) -> Kind:
    return Kind(f"sambench.parity.{compare}")


def _cnn(compare: str, tolerance: float = 1e-12) -> Kind:
    return Kind(f"sambench.parity.cnn_{compare}", tolerance, double=True)


# By the `method` in a fixture's header. References that computed a part in float32,
# such as Fourier transforms and splines, are equal up to its rounding.
KINDS = Registry(
    "kind of fixture",
    {
        "dapsam": _sam("dapsam:compare"),
        "dbsam_blocks": _sam("dbsam_blocks:compare"),
        "dbsam": _sam("dbsam_model:compare"),
        "samed": _sam("sam_forks:samed"),
        "sam_adapter": _sam("sam_forks:sam_adapter"),
        "med_sa": _sam("sam_forks:med_sa"),
        "med_sa_2023": _sam("sam_forks:med_sa_2023"),
        "medsam_decoder": _sam("sam_forks:medsam_decoder"),
        "medsam_full": _sam("sam_forks:medsam_full"),
        "desam": _sam("desam:compare"),
        "ma_sam": _sam("sam_forks:ma_sam"),
        "sam_med2d": _sam("sam_med2d:compare"),
        "grid_policy_sam": _sam("desam:grids"),
        "grid_policy_desam": _sam("desam:grids"),
        "ADS: learnable GIN, mixing, alternating update": _cnn(
            "adversaries:ads", 1e-10
        ),
        "AdvBias and AdvNoise, prostate settings of MaxStyle repository": _cnn(
            "adversaries:adv_bias_noise", 1e-10
        ),
        "CCSDG 4-step update": _cnn("steps:ccsdg_step", 1e-10),
        "CCSDG Fourier view": _cnn("views:fourier", 1e-6),
        "CCSDG GLA view (whole batch at once, 0..255)": _cnn("curves:ccsdg_gla", 5e-6),
        "CCSDG channel prompt": _cnn("features:channel_prompt"),
        "CSDG base augmentation (also ERM, SLAug)": _cnn(
            "views:base_augmentation", 1e-5
        ),
        "CSDG losses": _cnn("features:csdg_losses"),
        "CSDG training step (GIN x3 + IPA + CE + Dice + 10 KL)": _cnn(
            "steps:csdg_step", 5e-6
        ),
        "DSU": _cnn("features:dsu"),
        "Dual-Norm style sets": _cnn("curves:dual_norm_styles"),
        "Dual-Norm training iteration and branch choice": _cnn(
            "branches:dual_norm_step", 1e-8
        ),
        "GIN": _cnn("views:gin"),
        "IBN-Net": _cnn("features:ibn"),
        "IPA blend": _cnn("views:ipa", 5e-6),
        "MaxStyle inner loop (5 Adam steps) and hard-example losses": _cnn(
            "branches:maxstyle_inner", 1e-9
        ),
        "MaxStyle layer": _cnn("features:maxstyle_layer"),
        "MixStyle": _cnn("features:mixstyle"),
        "RSC (classification, official)": _cnn("features:rsc_official"),
        "RSC, segmentation port used for prostate by the MaxStyle authors": _cnn(
            "features:rsc_port"
        ),
        "RandConv": _cnn("views:rand_conv"),
        "SLAug GLA and LLA": _cnn("curves:slaug_gla", 5e-6),
        "SLAug saliency map": _cnn("features:saliency"),
        "SLAug two-pass step": _cnn("steps:slaug_step", 1e-6),
    },
    entry=Kind,
)

# A name that only fixtures of a kind have, for those without a header.
MARKS = {
    "dapsam": r"^weights/.*memory_bank\.weight$",
    "dbsam_blocks": r"/weights/",
    "dbsam": r"^weights/image_encoder\.adapter\.",
}
