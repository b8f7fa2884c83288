rule weights:
    "Fetch published weights and verify them; a file put there by hand is taken as it is."
    output:
        weights="<results>/weights/{file}",
    log:
        "<results>/logs/weights/{file}.log",
    wildcard_constraints:
        file="|".join(map(re.escape, FILES)),
    conda:
        "../../envs/data.yaml"
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
