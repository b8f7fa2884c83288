rule weights:
    "Fetch published weights and verify them; a file put there by hand is taken as it is."
    output:
        weights=paths.BACKBONE,
    log:
        log_of("weights", "{file}"),
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
        weights=paths.SMALL_SAM,
    log:
        log_of("backbones", "sam_nano"),
    benchmark:
        timing_of("backbones", "sam_nano")
    conda:
        "../../envs/torch.yaml"
    script:
        "../scripts/sam_nano.py"
