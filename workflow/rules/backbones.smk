import re

from sambench.fetch.weights import FILES, weights_file

NANO = "config/backbones/sam_nano.safetensors"


def weights_of(backbone):
    """The file of a backbone's weights: our own, or the published ones."""
    if backbone == "sam_nano":
        return NANO if Path(NANO).is_file() else str(WORKFLOW.parent / NANO)
    return f"<results>/weights/{weights_file(backbone)}"


def run_backbone(wildcards):
    """The weights that a run starts from; none where it starts from nothing."""
    backbone = (recipe_of(wildcards)["network"] or {}).get("backbone")
    return [weights_of(backbone)] if backbone else []


rule weights:
    "Fetch published weights and verify them; a file put there by hand is taken as it is."
    output:
        weights="<results>/weights/{file}",
    log:
        "<results>/logs/weights/{file}.log",
    wildcard_constraints:
        file="|".join(map(re.escape, FILES)),
    conda:
        "../../envs/torch.yaml"
    params:
        mirror=SETTINGS.config["mirror"],
    script:
        "../scripts/weights.py"


rule sam_nano:
    "Train the small SAM of the demo again, from its recipe; the demo uses the committed one."
    input:
        recipe=str(WORKFLOW.parent / "config" / "backbones" / "sam_nano.yaml"),
    output:
        weights="<results>/backbones/sam_nano.safetensors",
    log:
        "<results>/logs/backbones/sam_nano.log",
    benchmark:
        "<results>/benchmarks/backbones/sam_nano.tsv"
    conda:
        "../../envs/torch.yaml"
    script:
        "../scripts/sam_nano.py"
