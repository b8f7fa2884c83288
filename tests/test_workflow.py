"""The pipeline as a user runs it: one command, then what changes cause."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.workflow
BENCHMARKS = ("prostate", "riga", "tasks3d")


class Workflow:
    """Runs the repository's Snakefile in a folder of its own."""

    conda: Path  # one for all folders: Snakemake's hash of an environment has its path

    def __init__(self, repository: Path, folder: Path):
        self.repository, self.folder = repository, folder
        self.results = folder / "results"
        self.config = folder / "smoke.yaml"
        shutil.copy(repository / "tests" / "smoke.yaml", self.config)

    def command(self, *arguments: str) -> list[str]:
        return [
            *(sys.executable, "-m", "snakemake", "--cores", "2", "--use-conda"),
            *("--conda-prefix", str(self.conda)),
            # --configfile takes all words up to the next option.
            *("--configfile", str(self.config), "--directory", str(self.folder)),
            *("--snakefile", str(self.repository / "Snakefile")),
            *arguments,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The environment with a stand-in for conda on the path."""
        stub = self.repository / "tests" / "conda_stub" / "bin"
        path = f"{stub}{os.pathsep}{os.environ['PATH']}"
        return os.environ | {"PATH": path, "CONDA_STUB_PYTHON": sys.executable}

    def run(self, *arguments: str, ok: bool = True) -> str:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) == ok, output[-5000:]
        return output

    def change(self, **keys: object) -> None:
        config = yaml.safe_load(self.config.read_text())
        # Snakemake takes another order of keys for another value.
        self.config.write_text(yaml.safe_dump(config | keys, sort_keys=False))

    def planned(self, *arguments: str) -> list[str]:
        """List the rules and wildcards that a dry run would run."""
        output = self.run("--dry-run", *arguments)
        blocks = re.split(r"\n(?=(?:local)?rule )", output)
        jobs = []
        for block in blocks:
            rule = re.match(r"(?:local)?rule (\w+):", block)
            if rule:
                words = re.search(r"wildcards: (.*)", block)
                jobs.append(f"{rule[1]} {words[1] if words else ''}".strip())
        return jobs


@pytest.fixture(scope="module", autouse=True)
def _conda(tmp_path_factory) -> None:
    Workflow.conda = tmp_path_factory.mktemp("conda")


@pytest.fixture(scope="module")
def finished(repository: Path, tmp_path_factory) -> Workflow:
    """A finished run of the card's command, with a stand-in for conda."""
    workflow = Workflow(repository, tmp_path_factory.mktemp("finished"))
    workflow.run()
    return workflow


@pytest.fixture
def copy(finished: Workflow, tmp_path: Path) -> Workflow:
    """A copy of the finished run, to be changed."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    workflow = Workflow.__new__(Workflow)
    workflow.repository, workflow.folder = finished.repository, tmp_path / "copy"
    workflow.results = workflow.folder / "results"
    workflow.config = workflow.folder / "smoke.yaml"
    return workflow


@pytest.fixture
def fresh(repository: Path, tmp_path: Path) -> Workflow:
    """A run that has not begun."""
    return Workflow(repository, tmp_path)


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
    listed = yaml.safe_load(
        (
            finished.repository / "config" / "benchmarks" / f"{benchmark}.yaml"
        ).read_text()
    )["protocols"]
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


def test_masks_of_the_user_become_a_row_and_a_missing_one_a_failure(finished, tmp_path):
    """The example, on the labels of the data themselves, one of them missing."""
    shutil.copytree(finished.results / "data", tmp_path / "results" / "data")
    shutil.copytree(finished.results / "inventory", tmp_path / "results" / "inventory")
    workflow = Workflow(finished.repository, tmp_path)
    example = finished.repository / "config" / "examples" / "own_predictions.yaml"
    smoke = yaml.safe_load(workflow.config.read_text())
    config = yaml.safe_load(example.read_text())
    config |= {key: smoke[key] for key in ("phantoms", "image_size")}
    folder = "my_predictions/{benchmark}/trained_on_{source}/{target}"
    config["overrides"]["own_predictions"]["predictions"]["folder"] = folder
    workflow.config.write_text(yaml.safe_dump(config))
    inventory = pd.read_csv(workflow.results / "inventory" / "saml_prostate.csv")
    for case in inventory[inventory["group"].isin(["BMC", "HK"])].itertuples():
        folder = tmp_path / "my_predictions/prostate/trained_on_RUNMC" / case.group
        folder.mkdir(parents=True, exist_ok=True)
        if case.case != inventory[inventory["group"] == "HK"]["case"].iloc[0]:
            mask = workflow.results / "data" / "saml_prostate" / case.mask
            shutil.copy(mask, folder / f"{case.case}.nii.gz")
    stem = "results/tables/prostate/strict/dice"
    workflow.run(f"{stem}.html", "--rerun-triggers", "mtime")
    rows = pd.read_csv(tmp_path / f"{stem}.csv")
    rows = rows[rows["structure"] == "overall"].set_index("method")
    assert rows.loc["own_predictions", "value"] == 75  # 100 on BMC, 100 and 0 on HK
    assert rows.loc["own_predictions", "n_failures"] == 1
    assert "My method" in (tmp_path / f"{stem}.md").read_text()


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


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"objective": {"dice_weight": 0.7}}]
)
def test_a_changed_recipe_reruns_its_method_only(copy, change):
    overrides = yaml.safe_load(copy.config.read_text())["overrides"]
    overrides["erm"] |= change
    copy.change(overrides=overrides)
    jobs = copy.planned()
    per_method = [job for job in jobs if "method=" in job]
    assert per_method
    assert all("method=erm" in job for job in per_method)
    assert sum(job.startswith("train ") for job in jobs) == 3
    assert not any(job.startswith(("phantom", "unpack", "pack")) for job in jobs)


def test_words_of_the_configuration_rerun_no_training(copy):
    copy.change(title="Another title")
    assert {job.split()[0] for job in copy.planned()} <= {
        "configuration",
        "report",
        "all",
    }


def test_a_deleted_score_file_rebuilds_only_what_depends_on_it(copy):
    score = copy.results / "scores/riga/box/BinRushed/seed1/any/MESSIDOR_Base1.parquet"
    score.unlink()
    jobs = copy.planned()
    assert [job for job in jobs if job.startswith("score ")] == [
        "score benchmark=riga, method=box, source=BinRushed, seed=1, "
        "selection=any, target=MESSIDOR_Base1"
    ]
    assert not any(job.startswith(("train", "predict", "pack")) for job in jobs)
    assert all("benchmark=riga" in job for job in jobs if "benchmark=" in job)


def test_a_killed_training_resumes_to_the_same_weights(finished, tmp_path):
    """SIGKILL in the middle, then the same command: equal to never having stopped."""
    run = "runs/riga/erm/BinRushed/seed1"
    overrides = {
        "erm": {
            "network": {"features": [8, 8, 16, 16]},
            "training": {"epochs": 12, "min_steps_per_epoch": 4},
        }
    }
    weights = []
    for name in ("whole", "killed"):
        shutil.copytree(finished.folder, tmp_path / name)
        workflow = Workflow(finished.repository, tmp_path / name)
        workflow.change(overrides=overrides)
        target = f"results/{run}/weights.safetensors"
        if name == "killed":
            kill_after_an_epoch(workflow, target, workflow.results / run / "resume.pt")
            assert not (workflow.folder / target).exists()
            workflow.run("--unlock")
        workflow.run(target)
        weights.append((workflow.folder / target).read_bytes())
        assert not (workflow.results / run / "resume.pt").exists()
        record = yaml.safe_load((workflow.results / run / "run.json").read_text())
        assert (record["resumed_epochs"] > 0) == (name == "killed")
    assert weights[0] == weights[1]


def kill_after_an_epoch(workflow: Workflow, target: str, state: Path) -> None:
    process = subprocess.Popen(
        workflow.command(target),
        cwd=workflow.folder,
        env=workflow.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not state.exists():
        assert process.poll() is None, "the training ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (
            ["--config", "methods=[ermm]"],
            ["'ermm'", "Did you mean 'erm'", "ads, advbias"],
        ),
        (
            ["--config", "benchmarks=[prostat]"],
            ["'prostat'", "prostate_csdg, prostate_more, riga"],
        ),
        (["--config", "seed=2"], ["unknown key 'seed'", "Did you mean 'seeds'"]),
        (
            ["--config", "select={prostate: {sources: [RUNMCC]}}"],
            ["'RUNMCC'", "BIDMC, BMC, HK, I2CVB, RUNMC, UCL"],
        ),
        (
            ["--config", "overrides={erm: {training: {epochs: 5}}}"],
            ["training.epochs", "--configfile"],
        ),
    ],
)
def test_a_wrong_configuration_stops_before_anything_runs(fresh, arguments, messages):
    output = fresh.run(*arguments, ok=False)
    for message in messages:
        assert message in output
    assert not fresh.results.exists()


def choosing(workflow: Workflow, **selection: object) -> None:
    """Ask for one small benchmark under protocols that choose weights."""
    select = {"sources": ["RUNMC"], "targets": ["BMC", "HK"]}
    protocols = ["strict", "strict_validation", "upper_bound"]
    workflow.change(
        benchmarks=["prostate"],
        methods=["erm", "box"],
        select={"prostate": select | {"protocols": protocols}},
        selection=selection,
    )


def test_a_protocol_that_needs_other_epochs_stops_before_anything_runs(fresh):
    choosing(fresh, candidates=2)
    output = fresh.run("--dry-run", ok=False)
    assert "protocol 'strict_validation', key 'selection'" in output
    assert "Set `selection.validation` above 0" in output


def test_each_protocol_shows_the_weights_that_it_chooses(copy):
    choosing(copy, candidates=3, validation=0.5)
    overrides = yaml.safe_load(copy.config.read_text())["overrides"]
    # At so high a rate epochs differ widely, and the last is hardly the best.
    overrides["erm"]["training"] |= {"epochs": 6, "optimiser": {"lr": 0.2}}
    copy.change(overrides=overrides)
    protocols = ("strict", "strict_validation", "upper_bound")
    files = [f"results/tables/prostate/{protocol}/dice.html" for protocol in protocols]
    copy.run(*files)

    run = copy.results / "runs/prostate/erm/RUNMC/seed1"
    record = yaml.safe_load((run / "run.json").read_text())
    assert record["candidates"] == [2, 4, 6]
    assert len(record["validation_cases"]["RUNMC"]) == 1
    choices = {
        path.relative_to(run / "selection").as_posix(): pd.read_csv(path)
        for path in (run / "selection").rglob("*.csv")
    }
    assert set(choices) == {
        "best_on_source_validation/RUNMC.csv",
        "best_on_target/BMC.csv",
        "best_on_target/HK.csv",
    }
    scores = pd.read_parquet(copy.results / "scores" / "prostate.parquet")
    by_method = scores.groupby("method")["selection"].unique().map(set).to_dict()
    assert by_method == {
        "box": {"any"},
        "erm": {"last", "best_on_source_validation", "best_on_target"},
    }
    dice = scores[
        scores["grid"].isin(["native", "any"])
        & (scores["slices"] == "all")
        & (scores["post_processing"] == "none")
        & (scores["metric"] == "dice")
        & (scores["method"] == "erm")
    ]
    means = dice.groupby(["selection", "target"])["value"].mean()
    on_source = choices["best_on_source_validation/RUNMC.csv"].set_index("epoch")[
        "dice"
    ]
    for target in ("BMC", "HK"):
        on_target = choices[f"best_on_target/{target}.csv"].set_index("epoch")["dice"]
        assert on_target.nunique() > 1
        assert {name: means[name, target] for name, _ in means.index} == pytest.approx(
            {
                "last": on_target[6],
                "best_on_source_validation": on_target[on_source.idxmax()],
                "best_on_target": on_target.max(),
            }
        )
    tables = copy.results / "tables" / "prostate"
    values = [
        pd.read_csv(tables / protocol / "dice.csv").set_index("method")["value"]
        for protocol in protocols
    ]
    assert values[0]["box"].tolist() == values[2]["box"].tolist()
    assert (values[2]["erm"] >= values[0]["erm"]).all()
    assert "oracle upper bound" in (tables / "upper_bound" / "dice.md").read_text()


def test_a_wrong_published_number_of_the_user_is_named_before_anything_runs(fresh):
    folder = fresh.folder / "config" / "published"
    folder.mkdir(parents=True)
    text = (fresh.repository / "config" / "published" / "tasks2d.csv").read_text()
    lines = text.splitlines()
    lines[1] = lines[1].replace("59.62", "159.62")
    (folder / "mine.csv").write_text("\n".join(lines))
    output = fresh.run("--dry-run", ok=False)
    assert "mine.csv, line 2, column 'value'" in output


def acdc_case(root: Path) -> tuple[Path, Path]:
    folder = root / "training" / "patient001"
    return folder / "patient001_frame01.nii.gz", folder / "patient001_frame01_gt.nii.gz"


def rewrite(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    import nibabel

    image = nibabel.load(path)
    data = change(np.asarray(image.dataobj))
    nibabel.save(nibabel.Nifti1Image(data, image.affine, dtype=data.dtype), path)


def missing_mask(root: Path) -> None:
    acdc_case(root)[1].unlink()


def mask_of_another_shape(root: Path) -> None:
    rewrite(acdc_case(root)[1], lambda data: data[:-1])


def unknown_label(root: Path) -> None:
    rewrite(acdc_case(root)[1], lambda data: np.where(data == 3, 9, data).astype("u1"))


def empty_volume(root: Path) -> None:
    rewrite(acdc_case(root)[0], np.zeros_like)


def nan_intensities(root: Path) -> None:
    def change(data: np.ndarray) -> np.ndarray:
        data = data.astype(np.float32)
        data[0, 0, 0] = np.nan
        return data

    rewrite(acdc_case(root)[0], change)


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        (missing_mask, "no such file"),
        (mask_of_another_shape, "shape"),
        (unknown_label, "9"),
        (empty_volume, "constant"),
        (nan_intensities, "finite"),
    ],
)
def test_bad_cases_stop_at_the_inventory(finished, fresh, tmp_path, fault, finding):
    root = tmp_path / "acdc"
    shutil.copytree(finished.results / "data/acdc/ACDC/database", root)
    fault(root)
    output = fresh.run(
        "results/inventory/acdc.csv", "--config", f"acdc_path={root}", ok=False
    )
    message = output[output.index("fault in data set acdc") :]
    message = message[: message.index("expected") + 200]
    assert "patient001_frame01" in message
    assert finding in message
    assert not any((fresh.results / "inventory").rglob("*.csv"))


def test_a_truncated_archive_leaves_nothing_unpacked(finished, fresh, tmp_path):
    whole = finished.results / "archives" / "acdc" / "acdc.zip"
    broken = tmp_path / "acdc.zip"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    output = fresh.run("data", "--config", f"acdc_path={broken}", ok=False)
    message = next(line for line in output.splitlines() if ": found " in line)
    assert "acdc.zip" in message
    assert not (fresh.results / "data" / "acdc").exists()


def test_specialists_train_each_on_its_task_and_a_prefix_is_computed_once(fresh):
    changed = {"network": {"backbone": "sam_nano"}, "input": {"cached": True}}
    overrides = {"dbsam": changed}
    fresh.change(methods=["erm", "unet_specialist", "dbsam"], overrides=overrides)
    jobs = fresh.planned("runs")
    tasks = ("left_ventricle_mr", "stomach_ct")
    specialists = {
        f"train benchmark=tasks3d, method=unet_specialist, source={task}, seed=1"
        for task in tasks
    }
    assert {job for job in jobs if "unet_specialist" in job} == specialists
    prefixes = [job for job in jobs if job.startswith("embed benchmark=tasks3d")]
    assert sorted(prefixes) == [
        f"embed benchmark=tasks3d, domain={task}, network=dbsam, backbone=sam_nano, "
        "side=192"
        for task in tasks
    ]
    overrides["dbsam"]["training"] = {"augmentation": [{"name": "mirror", "p": 0.5}]}
    fresh.change(overrides=overrides)
    assert "input.cached" in fresh.run("--dry-run", ok=False)


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
