"""The kinds of fixtures: which part of this room compares which."""

from sambench.registry import Registry

_HERE = "sambench.parity"

# The methods that the headers of fixtures of CNN methods name.
_CNN = {
    "ADS: learnable GIN, mixing, alternating update": f"{_HERE}.cnn_ads:ads",
    "AdvBias and AdvNoise, prostate settings of MaxStyle repository": (
        f"{_HERE}.cnn_adversaries:adv_bias_noise"
    ),
    "CCSDG 4-step update": f"{_HERE}.cnn_steps:ccsdg_step",
    "CCSDG Fourier view": f"{_HERE}.cnn_views:fourier",
    "CCSDG GLA view (whole batch at once, 0..255)": f"{_HERE}.cnn_curves:ccsdg_gla",
    "CCSDG channel prompt": f"{_HERE}.cnn_features:channel_prompt",
    "CSDG base augmentation (also ERM, SLAug)": f"{_HERE}.cnn_views:base_augmentation",
    "CSDG losses": f"{_HERE}.cnn_features:csdg_losses",
    "CSDG training step (GIN x3 + IPA + CE + Dice + 10 KL)": (
        f"{_HERE}.cnn_steps:csdg_step"
    ),
    "DSU": f"{_HERE}.cnn_features:dsu",
    "Dual-Norm style sets": f"{_HERE}.cnn_curves:dual_norm_styles",
    "Dual-Norm training iteration and branch choice": (
        f"{_HERE}.cnn_branches:dual_norm_step"
    ),
    "GIN": f"{_HERE}.cnn_views:gin",
    "IBN-Net": f"{_HERE}.cnn_features:ibn",
    "IPA blend": f"{_HERE}.cnn_views:ipa",
    "MaxStyle inner loop (5 Adam steps) and hard-example losses": (
        f"{_HERE}.cnn_branches:maxstyle_inner"
    ),
    "MaxStyle layer": f"{_HERE}.cnn_features:maxstyle_layer",
    "MixStyle": f"{_HERE}.cnn_features:mixstyle",
    "RSC (classification, official)": f"{_HERE}.cnn_features:rsc_official",
    "RSC, segmentation port used for prostate by the MaxStyle authors": (
        f"{_HERE}.cnn_features:rsc_port"
    ),
    "RandConv": f"{_HERE}.cnn_randconv:rand_conv",
    "SLAug GLA and LLA": f"{_HERE}.cnn_curves:slaug_gla",
    "SLAug saliency map": f"{_HERE}.cnn_features:saliency",
    "SLAug two-pass step": f"{_HERE}.cnn_steps:slaug_step",
}

# By the `method` in a fixture's header: `(tensors, metadata) -> {name: error}`.
KINDS = Registry(
    "kind of fixture",
    {
        "dapsam": f"{_HERE}.dapsam:model_errors",
        "dbsam_blocks": f"{_HERE}.dbsam_blocks:blocks_errors",
        "dbsam": f"{_HERE}.dbsam_model:model_errors",
        "samed": f"{_HERE}.samed:errors",
        "sam_adapter": f"{_HERE}.sam_adapter:errors",
        "med_sa": f"{_HERE}.med_sa:errors",
        "med_sa_2023": f"{_HERE}.med_sa:errors_2023",
        "medsam_decoder": f"{_HERE}.medsam:decoder_errors",
        "medsam_full": f"{_HERE}.medsam:full_errors",
        "desam": f"{_HERE}.desam:errors",
        "ma_sam": f"{_HERE}.ma_sam:errors",
        "sam_med2d": f"{_HERE}.sam_med2d:errors",
        "grid_policy_sam": f"{_HERE}.grid_policy:sam_errors",
        "grid_policy_desam": f"{_HERE}.grid_policy:desam_errors",
        **_CNN,
    },
)

# A name that only fixtures of a kind have, for those without a header.
MARKS = {
    "dapsam": r"^weights/.*memory_bank\.weight$",
    "dbsam_blocks": r"/weights/",
    "dbsam": r"^weights/image_encoder\.adapter\.",
}
