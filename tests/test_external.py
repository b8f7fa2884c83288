"""Another program as a method: its data, its commands, its folder, its planning."""

import json
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest
import yaml

import tiny_datasets as tiny
from sambench.data.datasets import find_dataset
from sambench.data.own.description import describe
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.errors import InputError
from sambench.external.commands import commands_of, fill_known, folds_of, values_for
from sambench.external.dataset import write_images, write_training_data
from sambench.external.labels import label_code
from sambench.external.program import is_installed, search_path
from sambench.external.splits import splits
from sambench.external.work_folder import WorkFolder
from sambench.predict.files import read_predictions
from sambench.settings.schema import validate
from sambench.settings.settings import load_settings
from tiny_datasets import build_inventory

CASES = [
    {"case": f"p{n}_{time}", "patient": f"p{n}", "held_out": n == 4}
    for n in range(5)
    for time in ("ED", "ES")
]


# --- labels ---------------------------------------------------------------------------


def test_one_structure_of_two_values_becomes_the_value_one():
    code = label_code({"prostate": [1, 2]})
    assert code.structures == {"prostate": [1]}
    assert code.table[:4].tolist() == [0, 1, 1, 0]
    assert not code.nested


def test_a_structure_inside_another_comes_after_it():
    """As in RIGA+: 255 is the disc around the cup, 128 is the cup."""
    code = label_code({"cup": [128], "disc": [128, 255]})
    assert code.order == ("disc", "cup")
    assert code.structures == {"cup": [2], "disc": [1, 2]}
    assert (code.table[255], code.table[128], code.table[0]) == (1, 2, 0)
    assert code.nested


def test_a_structure_of_nothing_but_its_parts_has_a_value_of_its_own():
    code = label_code({"tumour": [1, 4], "core": [1], "oedema": [4]})
    assert code.structures == {"tumour": [1, 2, 3], "core": [2], "oedema": [3]}
    assert (code.table[1], code.table[4]) == (2, 3)


def test_structures_that_overlap_in_part_are_refused():
    with pytest.raises(InputError, match=r"overlap in \[2\]"):
        label_code({"a": [1, 2], "b": [2, 3]})


# --- commands -------------------------------------------------------------------------


def test_a_command_is_run_for_each_fold_and_paths_need_no_quotes():
    values = {"data": "/a b", "folds": ["0", "1"]}
    first, second = commands_of(["train {data}/x {fold}"], values, "recipe")
    assert first.arguments == ["train", "/a b/x", "0"]
    assert second.arguments == ["train", "/a b/x", "1"]
    assert first.name == "train {data}/x 0"
    (predict,) = commands_of(["predict -f {folds}"], values, "recipe")
    assert predict.arguments == ["predict", "-f", "0", "1"]


def test_an_unknown_placeholder_is_refused_with_the_valid_ones():
    with pytest.raises(
        InputError, match=r"unknown placeholder 'dta'.*data, fold, folds"
    ):
        commands_of(["train {dta}"], {"data": "x", "folds": []}, "recipe")


def test_files_keep_braces_that_stand_for_nothing():
    assert (
        fill_known("x = {}; y = {epochs}; {z}", {"epochs": 3}) == "x = {}; y = 3; {z}"
    )


def test_a_value_may_depend_on_the_kind_of_the_benchmark():
    values = {"epochs": 5, "configuration": {"volume": "3d", "photo": "2d"}}
    assert values_for(values, "photo") == {"epochs": 5, "configuration": "2d"}


# --- splits ---------------------------------------------------------------------------


def test_without_held_out_cases_all_is_no_split():
    cases = [{**case, "held_out": False} for case in CASES]
    assert splits(cases, "all", "here") == []
    assert folds_of("all", held_out=False) == ["all"]


def test_held_out_cases_are_the_validation_of_the_one_fold():
    (fold,) = splits(CASES, "all", "here")
    assert fold["val"] == ["p4_ED", "p4_ES"]
    assert fold["train"] == [f"p{n}_{t}" for n in range(4) for t in ("ED", "ES")]
    assert folds_of("all", held_out=True) == ["0"]


def test_folds_keep_patients_together_and_held_out_cases_out():
    found = splits(CASES, 2, "here")
    assert folds_of(2, held_out=True) == ["0", "1"]
    sides = [{case[:2] for case in fold["val"]} for fold in found]
    assert sides[0] | sides[1] == {"p0", "p1", "p2", "p3"}
    assert not sides[0] & sides[1]
    for fold in found:
        assert not {c[:2] for c in fold["train"]} & {c[:2] for c in fold["val"]}
        assert not any(c.startswith("p4") for c in fold["train"] + fold["val"])


def test_more_folds_than_patients_are_refused():
    with pytest.raises(InputError, match="4 patients"):
        splits(CASES, 5, "here")


# --- data -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory, repository):
    """A packed phantom of one prostate site, with all that it is made of."""
    import zipfile

    from sambench.phantoms import write_phantom

    folder = tmp_path_factory.mktemp("site")
    write_phantom("saml_prostate", folder / "a.zip", seed=7, cases=2, size=64)
    with zipfile.ZipFile(folder / "a.zip") as archive:
        archive.extractall(folder / "data")
    inventory = build_inventory("saml_prostate", folder / "data")
    path = repository / "config" / "benchmarks" / "prostate.yaml"
    benchmark = yaml.safe_load(path.read_text())
    pack_domain(
        inventory, folder / "data", benchmark, "BMC", folder / "p", "synthetic", 32
    )
    return {
        "packed": PackedSlices(folder / "p"),
        "inventory": inventory,
        "root": folder / "data",
        "dataset": find_dataset("saml_prostate"),
        "domain": benchmark["domains"]["BMC"],
    }


def test_cases_are_written_on_their_original_grid_and_come_back(site, tmp_path):
    folder = tmp_path / "Dataset001_BMC"
    write_training_data(folder, **site, validation=0.5)
    write_images(tmp_path / "images", **site)
    packed, case = site["packed"], "BMC_Case00"
    row = site["inventory"].set_index("case").loc[case]
    original = nibabel.load(site["root"] / row["image"])
    image = nibabel.load(folder / "imagesTr" / f"{case}_0000.nii.gz")
    np.testing.assert_array_equal(image.get_fdata(), original.get_fdata())
    np.testing.assert_allclose(image.affine, original.affine, atol=1e-5)
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == [
        "BMC_Case00_0000.nii.gz",
        "BMC_Case01_0000.nii.gz",
    ]
    described = json.loads((folder / "dataset.json").read_text())
    assert described["labels"] == {"background": 0, "prostate": 1}
    assert described["channel_names"] == {"0": "MR"}
    assert described["numTraining"] == 2
    source = json.loads((folder / "source.json").read_text())
    assert sorted(c["held_out"] for c in source["cases"]) == [False, True]
    # A program that answers with the labels it was given is right everywhere.
    found = read_predictions(
        folder / "labelsTr", packed, structures=label_code(packed.structures).structures
    )
    np.testing.assert_array_equal(found.masks, packed.structure_masks(found.rows))
    for case in packed.cases("test"):
        right = packed.native_structure_masks(case)
        np.testing.assert_array_equal(found.native[case], right)


# --- the folder of a program ----------------------------------------------------------


def test_channels_are_files_and_unknown_sizes_count_as_1_mm(tmp_path):
    root = tmp_path / "mine"
    for case, seed in (("a", 0), ("b", 4)):
        for channel in range(2):
            path = root / f"images/{case}_{channel}.nii.gz"
            tiny.write_nifti(path, tiny.volume(seed=seed + channel), (3, 2, 2))
        tiny.write_nifti(root / f"masks/{case}.nii.gz", tiny.label(), (3, 2, 2))
    patterns = ["images/{name}_0.nii.gz", "images/{name}_1.nii.gz"]
    site = {"images": patterns, "masks": "masks/{name}.nii.gz"}
    entry = {"folder": "mine", "cases": {"all": site}, "structures": {"s": "any"}}
    entry = validate(entry | {"spacing": "unknown"}, "own_data", "here")
    description = describe("mine", entry, tmp_path)
    inventory = build_inventory("mine", root, None, description)
    domain = {"dataset": "mine", "group": "all", "preparation": "own"}
    benchmark = {
        "id": "own",
        "kind": "volume",
        "split": {"rule": "none"},
        "domains": {"all": domain | {"structures": {"s": list(range(1, 256))}}},
        "preparations": {"own": {"size": None}},
    }
    packed = tmp_path / "packed"
    given = (inventory, root, benchmark, "all", packed, "original")
    pack_domain(*given, description=description)
    write_training_data(
        tmp_path / "Dataset001",
        PackedSlices(packed),
        inventory,
        root,
        find_dataset("mine", description),
        domain,
        validation=0.5,
    )
    written = sorted(p.name for p in (tmp_path / "Dataset001/imagesTr").iterdir())
    # Two images leave the third channel empty, as in our own networks.
    assert written == [f"{c}_000{n}.nii.gz" for c in "ab" for n in range(3)]
    second = nibabel.load(tmp_path / "Dataset001/imagesTr/a_0001.nii.gz")
    assert second.header.get_zooms() == (1, 1, 1)
    assert np.array_equal(second.get_fdata().T, tiny.volume(seed=1))
    listed = json.loads((tmp_path / "Dataset001/dataset.json").read_text())
    assert list(listed["channel_names"].values()) == ["image 0", "image 1", "image 2"]


def test_a_folder_goes_on_after_what_is_done_and_another_key_empties_it(tmp_path):
    work = WorkFolder(tmp_path / "work", "key")
    with work.opened(), pytest.raises(RuntimeError):
        with work.timed("plan"):
            (work.path / "plans").write_text("x")
            work.note_peak(5000)
        with work.timed("train"):
            raise RuntimeError
    again = WorkFolder(tmp_path / "work", "key")
    with again.opened():
        assert (again.is_done("plan"), again.is_done("train")) == (True, False)
        again.note_peak(4000)
        record = again.record()
        assert (record["starts"], record["peak_memory_bytes"]) == (2, 5000)
        assert set(record["seconds_of_commands"]) == {"plan", "train"}
        assert (again.path / "plans").exists()
    other = WorkFolder(tmp_path / "work", "other")
    with pytest.raises(InputError, match="another one"):
        other.require_finished()
    with other.opened():
        assert not other.is_done("plan")
        assert not (other.path / "plans").exists()


def test_a_folder_in_which_another_process_works_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sambench.external.work_folder._PATIENCE", 0)
    held, late = (WorkFolder(tmp_path / "work", "key") for _ in range(2))
    with (
        held.opened(),
        pytest.raises(InputError, match="another process"),
        late.opened(),
    ):
        pass


# --- planning -------------------------------------------------------------------------


RECIPE = """
id: thresholds
label: Thresholds
version: 1
summary: A program of a few lines, in the place of one that is no Python of ours.
control: false
predictor: external
source: single
external:
  program: thresholds
  executable: thresholds
  install: "there is nothing to install"
  path: [bin]
  version: thresholds --version
  values: {sigma: 2}
  variables: {SIGMA: "{sigma}"}
  train:
    - thresholds train {data}/{dataset} {work}
  predict:
    - thresholds predict {work} {images} {predictions}
  record: {threshold: "{work}/threshold.json"}
references: []
provenance: {external: "ours"}
"""

# Training stops the first time, as a process does that is killed.
PROGRAM = """#!{python}
import json, os, sys
from pathlib import Path
import nibabel, numpy as np
what, *paths = sys.argv[1:]
if what == "--version":
    print("thresholds 1.0")
elif what == "train":
    data, work = map(Path, paths)
    print("starting", os.environ["SIGMA"], flush=True)
    if not (work / "half").exists():
        (work / "half").touch()
        os.kill(os.getpid(), 9)
    inside = []
    for path in sorted((data / "imagesTr").iterdir()):
        image = nibabel.load(path).get_fdata()
        name = path.name.replace("_0000", "")
        label = nibabel.load(data / "labelsTr" / name).get_fdata() == 1
        inside.append(float(image[label].mean()))
    (work / "threshold.json").write_text(json.dumps(min(inside)))
else:
    work, images, out = map(Path, paths)
    threshold = json.loads((work / "threshold.json").read_text())
    for path in sorted(images.glob("*.nii.gz")):
        image = nibabel.load(path)
        mask = (image.get_fdata() > threshold).astype(np.uint8)
        name = path.name.replace("_0000", "")
        nibabel.save(nibabel.Nifti1Image(mask, image.affine), out / name)
"""

CONFIG = {
    "title": "External",
    "data_source": "synthetic",
    "phantoms": {"seed": 7, "cases": 2, "size": 64},
    "benchmarks": ["prostate"],
    "methods": ["thresholds", "empty"],
    "image_size": 64,
    "select": {
        "prostate": {
            "sources": ["RUNMC"],
            "targets": ["BMC"],
            "protocols": ["strict"],
        }
    },
}


@pytest.fixture
def project(tmp_path) -> Path:
    """A user's folder with a recipe, a configuration and a program."""
    for folder in ("config/methods", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "config/methods/thresholds.yaml").write_text(RECIPE)
    (tmp_path / "config/run.yaml").write_text(yaml.safe_dump(CONFIG))
    program = tmp_path / "bin" / "thresholds"
    program.write_text(PROGRAM.replace("{python}", sys.executable))
    program.chmod(0o755)
    return tmp_path


def folders(project, repository):
    return [project / "config", repository / "config"]


def test_a_program_that_is_not_there_is_left_out_with_a_line(
    project, repository, monkeypatch
):
    monkeypatch.chdir(project)
    settings = load_settings(CONFIG, folders(project, repository))
    assert list(settings.recipes["prostate"]) == ["thresholds", "empty"]
    assert settings.notice == ""
    (project / "bin" / "thresholds").unlink()
    settings = load_settings(CONFIG, folders(project, repository))
    assert list(settings.recipes["prostate"]) == ["empty"]
    assert settings.notice == (
        "thresholds: left out, as thresholds is not installed. To get it: there is "
        "nothing to install"
    )


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("methods", {"methods": ["thresholds"]}),
        (
            "select.prostate.methods",
            {"select": {"prostate": {"methods": ["thresholds"]}}},
        ),
    ],
)
def test_nothing_but_a_program_that_is_not_there_stops(
    project, repository, key, change
):
    with pytest.raises(InputError, match="there is nothing to install") as caught:
        load_settings({**CONFIG, **change}, folders(project, repository))
    assert caught.value.where == f"key '{key}'"


def test_the_recipes_of_nnunet_run_where_their_kind_of_data_is(repository):
    names = ["nnunet_2d", "nnunet_3d", "nnunet_resenc", "empty"]
    settings = load_settings(
        {
            "benchmarks": ["prostate", "riga", "tasks3d"],
            "methods": names,
            "data_source": "synthetic",
            "title": "x",
            "phantoms": {"seed": 1, "cases": 2, "size": 64},
        },
        [repository / "config"],
        environments=True,
    )
    assert list(settings.recipes["prostate"]) == names
    assert list(settings.recipes["riga"]) == ["nnunet_2d", "nnunet_resenc", "empty"]
    sources = {r.source for r in settings.runs("tasks3d") if r.method == "nnunet_3d"}
    assert sources == set(settings.benchmarks["tasks3d"]["targets"])
    sources = {r.source for r in settings.runs("prostate") if r.method == "nnunet_3d"}
    assert sources == set(settings.benchmarks["prostate"]["sources"])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"predictor": "files"}, "key 'predictor': found 'files', expected external"),
        ({"external": None}, "key 'predictor': found 'external', expected anoth"),
    ],
)
def test_keys_that_do_not_fit_together_are_refused(
    project, repository, monkeypatch, change, expected
):
    monkeypatch.chdir(project)
    config = {**CONFIG, "overrides": {"thresholds": change}}
    with pytest.raises(InputError, match=expected):
        load_settings(config, folders(project, repository))


def test_the_path_of_a_recipe_comes_before_that_of_the_user(project, monkeypatch):
    monkeypatch.chdir(project)
    external = yaml.safe_load(RECIPE)["external"]
    assert search_path(external).split(":")[0] == str(project / "bin")
    assert is_installed(external)


# --- through the workflow -------------------------------------------------------------

TABLE = "results/tables/prostate/strict/dice"


@pytest.mark.workflow
def test_a_program_is_trained_stopped_gone_on_with_and_scored(project, repository):
    def run() -> subprocess.CompletedProcess:
        return subprocess.run(
            [
                *(sys.executable, "-m", "snakemake", "--cores", "2"),
                *("--snakefile", str(repository / "Snakefile")),
                *("--configfile", "config/run.yaml"),
                *("--workflow-profile", "none"),
                f"{TABLE}.html",
            ],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )

    stopped = run()
    assert stopped.returncode
    assert "signal SIGKILL, as when memory runs out" in stopped.stderr
    assert "starting 2" in stopped.stderr
    finished = run()
    assert finished.returncode == 0, finished.stderr
    results = project / "results"
    record = json.loads(
        (results / "runs/prostate/thresholds/RUNMC/seed1/run.json").read_text()
    )
    assert record["program"] == "thresholds 1.0"
    assert record["starts"] == 2
    assert record["threshold"] > 0
    import pandas as pd

    scores = pd.read_parquet(results / "scores/prostate.parquet")
    rows = scores[(scores["method"] == "thresholds") & (scores["metric"] == "dice")]
    assert len(rows)
    assert set(rows["selection"]) == {"last"}
    assert rows["value"].max() > 0
    assert "Thresholds" in (project / f"{TABLE}.md").read_text()
