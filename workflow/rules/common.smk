"""The checked configuration, and the objects that rules ask about it."""

import atexit
import re
import sys
from pathlib import Path

WORKFLOW = Path(workflow.current_basedir).parent
sys.path.insert(0, str(WORKFLOW / "scripts"))

from sambench.errors import InputError
from sambench.fetch.weights import FILES
from sambench.jobs import paths
from sambench.jobs.ask import is_below_results, none_of, one_of
from sambench.jobs.contexts import Contexts
from sambench.jobs.data import Data
from sambench.jobs.holding import hold
from sambench.jobs.outputs import Outputs
from sambench.jobs.paths import log_of, timing_of
from sambench.jobs.programs import Programs
from sambench.jobs.runs import Runs
from sambench.jobs.time_left import show_time_left
from sambench.plugins import make_importable
from sambench.report.origin import remember_command
from sambench.settings.settings import load_settings
from sambench.settings.resources import SMALL_SIDE, has_gpu

# A module's prefix is one of results: other relative paths are the user's files.
modifier, given = workflow.modifier, workflow.pathvars.get("results")
if (results := modifier.path_modifier.replace_prefix(given)) != given:
    modifier.pathvars = type(modifier.pathvars).from_other(modifier.pathvars)
    modifier.pathvars.items["results"] = results
    modifier.path_modifier = type(modifier.path_modifier)(None, None, workflow)


# GPUs are those of a machine: on a cluster the limit holds within a submission.
resource_scopes:
    gpu="local",


# One training or prediction at a time on a GPU, unless told otherwise.
if workflow.is_main_process and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", 1)


# To hold its default limit of 100 jobs a second, Snakemake 9 looks at all waiting jobs one
# second after every look, so ever more often: from some hundred jobs on it takes a core
# for itself. Without a limit it looks when a job ends.
onstart:
    try:
        hold(Path(workflow.pathvars.apply(paths.RESULTS)))
    except InputError as error:
        raise WorkflowError(str(error))
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


# Planning stops here if the configuration is wrong. These objects answer for every rule.
try:
    make_importable(WORKFLOW / "scripts", config.get("plugins"))
    deployment = workflow.deployment_settings.deployment_method
    SETTINGS = load_settings(
        config,
        folders=[Path("config"), WORKFLOW.parent / "config"],
        where=(
            " and ".join([*map(str, workflow.configfiles), "--config"])
            if config or workflow.modifier.is_main_snakefile()
            else "the module's empty configuration ('config: config' hands yours on)"
        ),
        files=list(workflow.configfiles),
        environments=any(method.name == "CONDA" for method in deployment),
    )
    DATA = Data(SETTINGS, workflow.pathvars.apply, remember=workflow.is_main_process)
    # Where jobs run is known only after all rules are.
    RUNS = Runs(DATA, elsewhere=lambda: workflow.non_local_exec)
    PROGRAMS = Programs(DATA)
    CONTEXTS = Contexts(SETTINGS)
    OUTPUTS = Outputs(RUNS, CONTEXTS)
except InputError as error:
    raise WorkflowError(str(error))

if workflow.is_main_process:
    # Early Snakemake 9 does not say which logs it writes.
    logs = getattr(workflow, "logger_manager", None)
    show_time_left(logs.get_log_handlers() if logs else [])
    remember_command(sys.argv)
    DATA.report_changes()
    if SETTINGS.notice:
        print(SETTINGS.notice, file=sys.stderr)
        # A dry run of many jobs leaves it far above: there it comes last, too.
        atexit.register(
            lambda: workflow.dryrun and print(SETTINGS.notice, file=sys.stderr)
        )


wildcard_constraints:
    dataset="[a-z0-9_]+",
    archive=r"[\w.]+\.(zip|tar)",
    benchmark="[a-z][a-z0-9_]*",
    domain=r"\w+",
    group=r"\w+",
    method="[a-z][a-z0-9_]*",
    source=r"\w+",
    target=r"\w+",
    chosen_on=r"\w+",
    seed=r"\d+",
    checkpoint="any|last|best_on_source_validation|best_on_target",
    protocol="[a-z][a-z0-9_]*",
    metric=r"[a-z0-9_.]+",


def watched(root_of):
    """An input function of a folder: the user's by versions of its files, not its time."""

    def root(wildcards):
        found = root_of(wildcards)
        return found if is_below_results(found) else ancient(found)

    return root
