"""Bundles: what was changed in them is found, and those of several labs become one.

The committed one is written by remake_bundle.py.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from sambench.__main__ import main
from sambench.bundle.merge import merge_bundles
from sambench.bundle.verify import verify_bundle
from sambench.bundle.write import MANIFEST, write_bundle
from sambench.errors import InputError
from sambench.fetch.hashes import hash_of
from sambench.metrics.scores_file import read_scores, write_scores
from sambench.report.documents import read_documents

COMMITTED = Path(__file__).parent / "bundle"


@pytest.fixture
def bundle(untrained, tmp_path):
    write_bundle(untrained, tmp_path / "lab")
    return tmp_path / "lab"


def forged(bundle, name):
    """Bring the list of files up to date: a careful forger would."""
    path = bundle / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["files"][name] = hash_of(bundle / name)
    path.write_text(json.dumps(manifest))


def test_the_committed_bundle_follows_from_its_scores():
    verdict = verify_bundle(COMMITTED)
    assert verdict.findings == []
    assert verdict.checked >= 10


def test_a_bundle_with_the_earlier_name_of_the_key_checkpoint_is_read(bundle):
    path = bundle / "documents.json"
    text = path.read_text().replace('"checkpoint": "last"', '"selection": "upper"')
    path.write_text(text)
    protocols = read_documents(bundle).protocols.values()
    assert [protocol["checkpoint"] for protocol in protocols] == ["upper"] * 3


def test_a_bundle_holds_no_image_mask_or_weights_and_follows(bundle, untrained):
    suffixes = {path.suffix for path in bundle.rglob("*") if path.is_file()}
    assert suffixes == {".json", ".csv", ".parquet"}
    assert list(untrained.rglob("*.png"))  # there were some
    verdict = verify_bundle(bundle)
    assert verdict.findings == []
    # Each benchmark: its protocols, and by protocol the ranks in four files, and every
    # metric (4, 2 and 1) as a table and a matrix.
    assert verdict.checked == 2 * (1 + 3 * 4 + 2 * (4 + 2 + 1))


def test_a_changed_table_is_found_though_its_hash_was_forged(bundle, capsys):
    name = "tables/prostate/strict/dice.csv"
    table = pd.read_csv(bundle / name)
    table.loc[0, "value"] += 0.01
    table.to_csv(bundle / name, index=False)
    findings = {f.path: f.reason for f in verify_bundle(bundle).findings}
    assert "was changed" in findings[name] or "follows" in findings[name]
    forged(bundle, name)
    (finding,) = verify_bundle(bundle).findings
    assert finding.path == name and "row 2, column 'value'" in finding.reason
    assert main(["verify", str(bundle)]) == 1
    assert "1 wrong" in capsys.readouterr().out


def test_a_changed_rank_is_found(bundle):
    name = "ranks/riga/strict.csv"
    ranks = pd.read_csv(bundle / name)
    ranks["rank_by_mean"] = ranks["rank_by_mean"].map({1: 2, 2: 1})
    ranks.to_csv(bundle / name, index=False)
    forged(bundle, name)
    (finding,) = verify_bundle(bundle).findings
    assert finding.path == name and "rank_by_mean" in finding.reason


def test_changed_scores_are_found(bundle):
    name = "scores/prostate.parquet"
    scores = read_scores(bundle / name)
    better = scores["method"] == "erm"
    scores.loc[better & (scores["metric"] == "dice"), "value"] += 1
    write_scores(bundle / name, scores)
    forged(bundle, name)
    found = {finding.path for finding in verify_bundle(bundle).findings}
    assert "tables/prostate/strict/dice.csv" in found
    assert "ranks/prostate/strict.csv" in found


def test_missing_and_foreign_files_are_found(bundle):
    (bundle / "ranks/riga/strict.pairs.csv").unlink()
    foreign = bundle / "tables/riga/strict/mine.csv"
    shutil.copy(bundle / "tables/riga/strict/dice.csv", foreign)
    found = {f.path: f.reason for f in verify_bundle(bundle).findings}
    assert "is missing" in found["ranks/riga/strict.pairs.csv"] or (
        "not there" in found["ranks/riga/strict.pairs.csv"]
    )
    assert "follows from no score" in found["tables/riga/strict/mine.csv"]


def test_what_is_no_bundle_is_refused(tmp_path, bundle, untrained):
    with pytest.raises(InputError, match="no list of files"):
        verify_bundle(tmp_path)
    with pytest.raises(InputError, match="not empty"):
        write_bundle(untrained, bundle)
    with pytest.raises(InputError, match="no readable documents"):
        write_bundle(tmp_path / "nothing", tmp_path / "x")


def test_bundles_of_two_labs_become_one_with_methods_told_apart(
    bundle, tmp_path, capsys
):
    other = tmp_path / "Other-Lab"
    shutil.copytree(bundle, other)
    path = other / "scores" / "prostate.parquet"
    scores = read_scores(path)
    trained = scores["method"].isin(["erm", "samed"])
    scores.loc[trained, "value"] = (scores.loc[trained, "value"] + 5).clip(upper=100)
    write_scores(path, scores)
    out = tmp_path / "both"
    arguments = ["bundle", "--merge", str(bundle), str(other), "--out", str(out)]
    assert main(arguments) == 0
    merged = read_documents(out)
    methods = list(merged.contexts["prostate"].methods)
    assert {"erm_lab", "erm_other_lab", "oracle", "box"} <= set(methods)
    assert methods.count("oracle") == 1  # a control is the same everywhere
    assert merged.contexts["prostate"].label("erm_other_lab").endswith(", Other-Lab")
    assert verify_bundle(out).findings == []
    ranks = pd.read_csv(out / "ranks/prostate/strict.csv").set_index("method")
    assert ranks.loc["erm_other_lab", "rank_by_mean"] == 1
    page = tmp_path / "report.html"
    assert main(["verify", str(out), "--report", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "U-Net (ERM), Other-Lab" in text and "lab and Other-Lab" in text


def test_labs_that_do_not_fit_are_not_merged(bundle, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(bundle, other)
    path = other / "documents.json"
    document = json.loads(path.read_text())
    document["protocols"]["strict"]["average"] = "cases"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="protocols 'strict'"):
        merge_bundles([bundle, other], tmp_path / "x")
    document["protocols"]["strict"]["average"] = "targets"
    path.write_text(json.dumps(document))
    (other / "scores/prostate.parquet").unlink()
    with pytest.raises(InputError):
        merge_bundles([bundle, other], tmp_path / "x")
    assert not (tmp_path / "x").exists()
    for key, value in (
        ("nsd_tolerance", 9),
        ("split", {"rule": "patient", "train_fraction": 0.5, "seed": 2}),
        ("image_size", 512),
    ):
        changed = json.loads((bundle / "documents.json").read_text())
        changed["benchmarks"]["prostate"]["benchmark"][key] = value
        path.write_text(json.dumps(changed))
        with pytest.raises(InputError, match=key):
            merge_bundles([bundle, other], tmp_path / "y")
    with pytest.raises(InputError, match="different names"):
        merge_bundles([bundle, bundle], tmp_path / "z")


def test_labs_whose_methods_would_get_one_id_are_not_merged(bundle, tmp_path):
    """Their scores would stand in one row."""
    folders = [tmp_path / "Lab-1", tmp_path / "lab_1"]
    for folder in folders:
        shutil.copytree(bundle, folder)
    with pytest.raises(InputError, match=r"'.*_lab_1' for methods of two of Lab-1"):
        merge_bundles(folders, tmp_path / "out")
