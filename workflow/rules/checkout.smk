"""Where the project's files are: here, or in a checkout of what is read from git.

Snakemake reads single files from git. The library, the configuration and the schemas
are folders, so they are checked out whole, once for each tag, commit or branch.
"""

import subprocess
from pathlib import Path
from urllib.parse import quote


def checked_out(place):
    """Return the folder of a project that is given by `gitfile` or `github`."""

    def git(*arguments):
        done = subprocess.run(["git", *arguments], capture_output=True, text=True)
        if done.returncode:
            raise WorkflowError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    local = hasattr(place, "repo_path")
    source = str(
        Path(place.repo_path if local else place.hosted_repo.repo_clone).resolve()
    )
    folder = Path(".snakemake", "sambench", quote(place.ref, safe="")).resolve()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        git("clone", "--quiet", "--no-checkout", source, str(folder))
    elif not workflow.is_main_process:  # of a job: what planned it
        return folder
    commit = git("-C", source, "rev-parse", f"{place.ref}^{{commit}}")
    git("-C", str(folder), "fetch", "--quiet", source, commit)
    git("-C", str(folder), "checkout", "--quiet", "--force", "--detach", commit)
    return folder


PLACE = workflow.current_basedir
PROJECT = checked_out(PLACE) if hasattr(PLACE, "ref") else Path(PLACE).parents[1]
