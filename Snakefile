# sambench: from archives to ranked Dice tables; what lies where is in the README.
from snakemake.utils import min_version

min_version("9.14")
if hasattr(workflow.current_basedir, "ref"):
    raise WorkflowError("From git, name path='workflow/Snakefile': docs/modules.md.")


# Only if no configuration is given, so that its values never leak: that of the folder
# that we run in, else the demo's.
if not workflow.configfiles:
    own = os.path.isfile("config/config.yaml")
    demo = "config/config.yaml" if own else workflow.source_path("config/config.yaml")

    configfile: demo


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/external.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


rule all:
    "The default: everything, with the report."
    default_target: True
    input:
        report=paths.REPORT,
        # Named, so that a deleted one is made again.
        products=OUTPUTS.all_products(),
        inventories=DATA.of_all_datasets(paths.INVENTORY),
        findings=DATA.of_all_datasets(paths.FINDINGS),


rule data:
    "Only the data: unpacked, checked, divided and packed."
    input:
        files=DATA.all_packed() + DATA.all_splits(),


rule runs:
    "Only the trainings."
    input:
        records=RUNS.all_records(),


rule tables:
    "Everything that the report shows, without the report."
    input:
        products=OUTPUTS.all_products(),
