"""The workflow fetches what it needs, and says what only the user can get."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fault_server import serve
from sambench.phantoms import write_phantom

REPOSITORY = Path(__file__).resolve().parents[1]


def snakemake(folder, *arguments):
    command = [sys.executable, "-m", "snakemake", "--cores", "1"]
    command += ["--snakefile", str(REPOSITORY / "Snakefile"), *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def configured(folder, **keys):
    settings = {
        "data_source": "original",
        "benchmarks": ["prostate"],
        "methods": ["oracle"],
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings | keys))
    return ["--configfile", str(path)]


@pytest.mark.workflow
def test_data_come_from_a_server_that_fails_at_first(tmp_path):
    archive = tmp_path / "served.zip"
    write_phantom("saml_prostate", archive, seed=1, cases=1, size=32)
    with serve() as server:
        path = "/saml_prostate/Processed_data_nii.zip"
        found = server.put(path, archive.read_bytes(), faults=[503, "drop"])
        options = configured(tmp_path, mirror=server.url)
        target = "results/inventory/saml_prostate.csv"
        done = snakemake(tmp_path, *options, "--", target)
    assert done.returncode == 0, done.stderr
    assert len(found.requests) == 3
    lines = (tmp_path / target).read_text().splitlines()
    assert len(lines) == 7  # a case of each site
    log = (tmp_path / "results/logs/inventory/saml_prostate.log").read_text()
    assert "number of cases: found 6, expected 116 in the published set" in log
    findings = (tmp_path / "results/inventory/saml_prostate.findings.csv").read_text()
    assert "saml_prostate,number of cases,116,6,warning,6," in findings
    hashes = (tmp_path / "config/hashes.csv").read_text()
    assert "saml_prostate,Processed_data_nii.zip," in hashes


@pytest.mark.workflow
def test_terms_stop_the_download_and_not_the_plan(tmp_path):
    options = configured(tmp_path, benchmarks=["riga"])
    target = "results/data/riga_plus"
    planned = snakemake(tmp_path, *options, "-n", "--", target)
    assert planned.returncode == 0
    assert "riga_plus: CC-BY-4.0" in planned.stderr
    done = snakemake(tmp_path, *options, "--", target)
    assert done.returncode == 1
    log = (tmp_path / "results/logs/fetch/riga_plus.log").read_text()
    assert "terms that you have not accepted" in log


@pytest.mark.workflow
def test_sets_that_only_the_user_can_get_are_left_out_of_the_plan(tmp_path):
    domains = ["brain_ventricles_mr_t1", "liver_mr", "liver_ct"]
    select = {"tasks3d": {"domains": domains}}
    options = configured(tmp_path, benchmarks=["tasks3d"], select=select)
    planned = snakemake(tmp_path, *options, "-n", "--", "data")
    assert planned.returncode == 0, planned.stderr
    assert "tasks3d: left out brain_ventricles_mr_t1" in planned.stderr
    assert "abcs: apply at https://abcs.mgh.harvard.edu" in planned.stderr
    assert "liver_mr" in planned.stdout + planned.stderr
    assert "packed/tasks3d/ventricles" not in planned.stdout + planned.stderr
