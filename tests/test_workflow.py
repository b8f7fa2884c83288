"""The pipeline as a user runs it: what one command makes, and what stops it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from workflow_runs import Workflow

pytestmark = pytest.mark.workflow
BENCHMARKS = ("prostate", "riga", "tasks3d")


def table(workflow: Workflow, benchmark: str) -> pd.DataFrame:
    frame = pd.read_csv(workflow.results / "tables" / benchmark / "strict" / "dice.csv")
    return frame[frame["column"] == "mean"].set_index("method")


def test_the_cards_command_makes_every_output_with_its_conda_environments(finished):
    assert (finished.results / "report.html").stat().st_size > 500_000
    for benchmark in BENCHMARKS:
        folder = finished.results / "tables" / benchmark / "strict"
        for suffix in (".csv", ".md", ".tex", ".html", ".json"):
            assert (folder / f"dice{suffix}").stat().st_size > 0
        cases = finished.results / "report_cases" / benchmark
        assert len(list(cases.glob("*.js"))) > 0
        assert cases.with_suffix(".json").stat().st_size > 1000
        figures = finished.results / "figures" / benchmark
        for name in (
            "strict/heatmap",
            "strict/distributions",
            "strict/stability",
            "strict/critical_difference",
            "protocols",
            "cost",
            "learning",
        ):
            assert (figures / f"{name}.svg").stat().st_size > 0
            assert (figures / f"{name}.png").stat().st_size > 0
    environments = list(finished.conda.glob("*.yaml"))
    assert len(environments) == 4


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_controls_frame_the_tables(finished, benchmark):
    means = table(finished, benchmark)
    for structure, rows in means.groupby("structure"):
        assert rows.loc["oracle", "value"] == 100, structure
        assert np.isnan(rows.loc["oracle", "rank"]), structure  # a control has none
        assert rows.loc["erm", "rank"] == 1, structure
        assert rows.loc["empty", "value"] == 0, structure
        assert 30 < rows.loc["box", "value"] < 95, structure


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_controls_have_no_rank_and_frame_the_others(finished, benchmark):
    effect = pd.read_csv(finished.results / "tables" / benchmark / "protocols.csv")
    file = finished.repository / "config" / "benchmarks" / f"{benchmark}.yaml"
    selected = yaml.safe_load(finished.config.read_text())["select"][benchmark]
    listed = selected.get("protocols", yaml.safe_load(file.read_text())["protocols"])
    assert list(dict.fromkeys(effect["protocol"])) == listed
    for protocol in listed:
        ranks = pd.read_csv(finished.results / "ranks" / benchmark / f"{protocol}.csv")
        ranks = ranks.set_index("method")
        for column in ("rank_by_mean", "rank_by_case"):
            assert ranks.loc[["oracle", "empty", "box"], column].isna().all()
            assert ranks.loc["erm", column] == 1
        assert ranks.loc["oracle", "mean"] == 100
        assert ranks.loc["empty", "mean"] == 0


def test_snakemake_makes_its_own_report_with_a_caption_for_each_result(finished):
    page = finished.folder / "snakemake.html"
    finished.run("tables", "--report", str(page))
    text = page.read_text()
    for words in ("Only the choice of", "normalised", "critical_difference"):
        assert words in text
    assert page.stat().st_size > 1_000_000


def test_every_page_of_synthetic_data_says_so(finished):
    pages = [*finished.results.glob("tables/*/*/*.html")]
    pages += [*finished.results.glob("tables/*/*/*.md")]
    pages += [*finished.results.glob("tables/*/*/*.tex")]
    pages += [*finished.results.glob("figures/*/*/*.svg")]
    assert len(pages) > 30
    for page in pages:
        text = page.read_text().lower()
        assert "synthetic" in text or "no figure" in text, page


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.run()


def rewrite(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    import nibabel

    image = nibabel.load(path)
    data = change(np.asarray(image.dataobj))
    nibabel.save(nibabel.Nifti1Image(data, image.affine, dtype=data.dtype), path)


def not_finite(data: np.ndarray) -> np.ndarray:
    data = data.astype(np.float32)
    data[0, 0, 0] = np.nan
    return data


# What is wrong with the mask (or the image) of a case, and what is said of it.
FAULTS = [
    ("_gt", lambda data: data[:-1], "shape"),
    ("_gt", lambda data: np.where(data == 3, 9, data).astype("u1"), "9"),
    ("", np.zeros_like, "constant"),
    ("", not_finite, "finite"),
]


def test_bad_cases_stop_at_the_inventory_and_are_all_named(finished, fresh, tmp_path):
    root = tmp_path / "acdc"
    shutil.copytree(finished.results / "data/acdc/ACDC/database", root)
    cases = sorted(root.rglob("*_frame??.nii.gz"))
    *damaged, without_mask = cases[: len(FAULTS) + 1]
    expected = {}
    for path, (part, change, words) in zip(damaged, FAULTS, strict=True):
        path = path.with_name(path.name.replace(".nii.gz", f"{part}.nii.gz"))
        rewrite(path, change)
        expected[path.name] = words
    name = without_mask.name.replace(".nii.gz", "_gt.nii.gz")
    without_mask.with_name(name).unlink()
    expected[name] = "no such file"
    output = fresh.run(
        "results/inventory/acdc.csv", "--config", f"acdc_path={root}", ok=False
    )
    for name, words in expected.items():
        assert any(
            f"{name}: " in line and words in line for line in output.splitlines()
        )
    assert not any((fresh.results / "inventory").rglob("*.csv"))


def test_a_truncated_archive_leaves_nothing_unpacked(finished, fresh, tmp_path):
    whole = finished.results / "archives" / "acdc" / "acdc.zip"
    broken = tmp_path / "acdc.zip"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    task = {"tasks3d": {"domains": ["left_ventricle_mr"]}}
    fresh.change(benchmarks=["tasks3d"], select=task, acdc_path=str(broken))
    output = fresh.run("data", ok=False)
    message = next(line for line in output.splitlines() if ": found " in line)
    assert "acdc.zip" in message
    assert not (fresh.results / "data" / "acdc").exists()


def test_the_results_travel_and_can_be_verified(finished, tmp_path):
    library = finished.repository / "workflow" / "scripts"
    out = tmp_path / "bundle"
    for arguments in (
        ["bundle", str(finished.results), "--out", str(out)],
        ["verify", str(out)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "sambench", *arguments],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(library)},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 wrong" in done.stdout
    assert {path.suffix for path in out.rglob("*") if path.is_file()} <= {
        ".json",
        ".csv",
        ".parquet",
        ".yaml",
    }
