"""Planning asks for nothing that Snakemake does not bring itself."""

import os
import subprocess
import sys

import pytest

WITHOUT = "torch numpy pandas pyarrow scipy skimage nibabel PIL SimpleITK monai gdown"
# Snakemake loads every plugin that is installed; the one for SLURM imports pandas.
HOOK = f"""
import pkgutil
import sys

modules = pkgutil.iter_modules
pkgutil.iter_modules = lambda *a, **k: (
    m for m in modules(*a, **k) if "executor_plugin_slurm" not in m.name
)

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {WITHOUT.split()}:
            raise ModuleNotFoundError(f"planning imported {{name}}", name=name)

sys.meta_path.insert(0, Refused())
"""


@pytest.mark.workflow
def test_snakemake_alone_plans_a_run(repository, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(HOOK)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-n", "-q", "rules"]
    command += ["--snakefile", str(repository / "Snakefile")]
    command += ["--configfile", str(repository / "tests" / "smoke.yaml")]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "planning imported" not in output
    assert "train" in output
