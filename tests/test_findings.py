"""What the checks of a data set found is a table: what passed, and what differs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tiny_datasets as tiny
from sambench.data.case_checks import CASE_CHECKS, passed_checks
from sambench.data.cases import INVENTORY_COLUMNS
from sambench.data.datasets import DATASETS
from sambench.data.findings import (
    FINDING_COLUMNS,
    NOT_CHECKED,
    PASSED,
    WARNING,
    Finding,
    read_findings,
    write_findings,
)
from sambench.data.fingerprint import voxel_finding
from sambench.data.inventory import write_inventory
from sambench.data.published import (
    RIGA_COUNTS,
    RIGA_FOLDERS,
    SAML_CASES,
    published_findings,
    report_warnings,
)
from sambench.errors import InputError
from sambench.report.datasets import lay_out_inventory
from tiny_datasets import build_inventory

FACTS = Path(__file__).parents[1] / "config/facts/saml_prostate.csv"


def of_cases(dataset, cases, size):
    """Make an inventory of ``(group, case, split)`` without images."""
    table = pd.DataFrame(cases, columns=["group", "case", "split"])
    table = table.assign(
        dataset=dataset, patient=table["case"], n_rows=size, n_columns=size
    )
    return table.reindex(columns=list(INVENTORY_COLUMNS))


def whole_saml():
    cases = [
        (site, f"{site}_{name}", "")
        for site, names in SAML_CASES.items()
        for name in names
    ]
    return of_cases("saml_prostate", cases, 384)


def whole_riga():
    cases = [
        (domain, f"{folder}_image{split}{number}", split)
        for domain, numbers in RIGA_COUNTS.items()
        for split, count in zip(("train", "test"), numbers, strict=True)
        for folder, part in _folders(domain, split, count).items()
        for number in range(part)
    ]
    return of_cases("riga_plus", cases, 800)


def _folders(domain, split, count):
    """The folders of a list, with the number of photographs in each."""
    folders = {f: n for f, n in RIGA_FOLDERS.items() if f.startswith(domain[:6])}
    return folders if folders and split == "train" else {domain: count}


def by_check(findings):
    return {finding.check: finding for finding in findings}


@pytest.mark.parametrize(
    ("inventory", "cases", "checks"),
    [(whole_saml(), 116, 8), (whole_riga(), 744, 18)],
)
def test_a_whole_published_set_passes_every_comparison(inventory, cases, checks):
    findings = published_findings(inventory, {"cases": cases})
    assert {finding.severity for finding in findings} == {PASSED}
    assert len(findings) == checks


def test_missing_and_unknown_cases_are_warnings_that_name_them(caplog):
    inventory = whole_saml()
    inventory = inventory[inventory["case"] != "UCL_Case30"]
    inventory["case"] = inventory["case"].replace("HK_Case40", "HK_Case50")
    findings = published_findings(inventory, {"cases": 116})
    found = by_check(findings)
    assert found["number of cases"].found == "115"
    assert found["cases of UCL"].found == "12; missing Case30"
    assert found["cases of HK"].cases == ("HK_Case40", "HK_Case50")
    assert found["cases of BMC"].severity == PASSED
    report_warnings(findings)
    assert "cases of UCL: found 12; missing Case30, expected 13" in caplog.text
    with pytest.raises(InputError, match=r"Case30.*complete_sets: false"):
        report_warnings(findings, complete=True)


def test_both_protocols_of_riga_are_counted():
    inventory = whole_riga()
    lost = inventory["case"] == "MESSIDOR_Base1_imagetrain0"
    found = by_check(published_findings(inventory[~lost], {"cases": 744}))
    assert (
        found[
            "photographs of MESSIDOR_Base1 in riga_full, riga_audit (train + test)"
        ].found
        == "172"
    )
    listed = found["photographs of MESSIDOR_Base1 in riga (test)"]
    assert (listed.found, listed.severity) == ("35", PASSED)
    counts = {
        domain: int(found[f"photographs of {domain} in riga ({part})"].expected)
        for domain, part in (
            ("BinRushed", "train"),
            ("Magrabia", "train"),
            ("MESSIDOR_Base1", "test"),
            ("MESSIDOR_Base2", "test"),
            ("MESSIDOR_Base3", "test"),
        )
    }
    assert list(counts.values()) == [156, 76, 35, 30, 27]
    assert found["photographs of folder BinRushed4 in the train list"].found == "44"


def test_sizes_that_differ_are_counted_with_their_cases():
    inventory = whole_saml()
    inventory.loc[3, "n_rows"] = 320
    found = by_check(published_findings(inventory, {}))["size in pixels"]
    assert (found.severity, found.cases) == (WARNING, (inventory["case"][3],))


@pytest.mark.parametrize("expected", [None, {}])
def test_what_cannot_be_compared_says_so(expected, tmp_path):
    inventory = build_inventory("msd", tiny.msd(tmp_path))
    (finding,) = published_findings(inventory, expected)
    assert finding.severity == "not checked"
    assert ("synthetic" in finding.found) == (expected is None)


@pytest.mark.parametrize(
    ("dataset", "make", "left_out"),
    [
        ("saml_prostate", tiny.saml, {"mask polarity"}),
        ("riga_plus", tiny.riga, {"equal geometry"}),
    ],
)
def test_passed_checks_are_listed_with_what_they_saw(tmp_path, dataset, make, left_out):
    inventory = build_inventory(dataset, make(tmp_path))
    found = by_check(passed_checks(inventory, DATASETS[dataset]))
    checks = {check.name for check in CASE_CHECKS} | {"pairs", "names of cases"}
    assert set(found) == checks - left_out
    assert {finding.n_cases for finding in found.values()} == {len(inventory)}
    assert found["label values"].found in ("0 1 2", "0 128 255")
    assert found["equal shape"].found.startswith(("4 x 6 x 5 (", "1 x 20 x 20 ("))


def test_a_case_that_fails_any_check_has_no_inventory(tmp_path):
    """Each check stops the inventory on its own: what is listed as passed was run."""
    broken = {
        "equal shape": ("mask", tiny.label((4, 6, 6)), (3.0, 0.5, 0.4)),
        "equal geometry": ("mask", tiny.label(), (3.0, 0.5, 0.5)),
        "finite intensities": ("image", np.full((4, 6, 5), np.nan), (3.0, 0.5, 0.4)),
        "contrast": ("image", np.ones((4, 6, 5)), (3.0, 0.5, 0.4)),
        "label values": ("mask", tiny.label(values=(3,)), (3.0, 0.5, 0.4)),
        "non-empty masks": ("mask", np.zeros((4, 6, 5), np.uint8), (3.0, 0.5, 0.4)),
    }
    named = {check.name for check in CASE_CHECKS if check.applies(DATASETS["msd"])}
    assert named == set(broken)
    for what, array, spacing in broken.values():
        root = tiny.saml(tmp_path, ["RUNMC/Case00"])
        suffix = "_segmentation" if what == "mask" else ""
        tiny.write_nifti(root / f"RUNMC/Case00{suffix}.nii.gz", array, spacing)
        with pytest.raises(InputError, match="1 fault"):
            build_inventory("saml_prostate", root)


def test_the_table_has_warnings_first(tmp_path):
    inventory = build_inventory("saml_prostate", tiny.saml(tmp_path / "data"))
    findings = passed_checks(inventory, DATASETS["saml_prostate"])
    findings += published_findings(inventory, {"cases": 116})
    write_findings(findings, tmp_path / "found.csv")
    table = pd.read_csv(tmp_path / "found.csv")
    assert tuple(table.columns) == FINDING_COLUMNS
    severities = list(table["severity"])
    assert severities == [WARNING] * 8 + [PASSED] * (len(severities) - 8)
    row = table.set_index("check").loc["cases of HK"]
    assert row["severity"] == WARNING
    assert row["cases"].split("|")[0] == "HK_Case39"


def test_findings_of_numbers_are_read_as_they_were_written(tmp_path):
    about = ("mine", "number of cases", "5", "5", PASSED, 5)
    for cases in (("001",), ("eye 1", "eye, 2", "NA"), ()):
        finding = Finding(*about, cases)
        write_findings([finding], tmp_path / "found.csv")
        assert read_findings(tmp_path / "found.csv") == [finding]


def test_the_report_shows_names_that_look_like_numbers_as_they_are(tmp_path):
    inventory = build_inventory("saml_prostate", tiny.saml(tmp_path / "data"))
    names = ["001", "1.0", "NA", "eye 1"]
    write_inventory(inventory.assign(case=names, patient=names), tmp_path / "mine.csv")
    shown = lay_out_inventory(tmp_path / "mine.csv")
    columns = dict(zip(shown["columns"], zip(*shown["rows"], strict=True), strict=True))
    assert list(columns["case"]) == list(columns["patient"]) == names
    assert columns["n_rows"] == ("6", "6", "6", "6")


def counted(**changes):
    """The whole prostate set with the counts of `config/facts`, some changed."""
    inventory = whole_saml().drop(columns="foreground_voxels")
    known = pd.read_csv(FACTS)
    inventory = inventory.merge(known, on=["group", "case"], how="left")
    for case, value in changes.items():
        inventory.loc[inventory["case"] == case, "foreground_voxels"] = value
    return inventory


def test_the_counts_of_every_case_of_the_prostate_set_are_known():
    assert not counted()["foreground_voxels"].isna().any()
    assert pd.read_csv(FACTS)["case"].tolist().count("RUNMC_Case00") == 1
    finding = voxel_finding(counted(), FACTS)
    assert (finding.severity, finding.n_cases) == (PASSED, 116)
    assert finding.found == "116 of 116 equal; largest difference 0 %"


def test_other_masks_are_noticed_case_by_case():
    # 46566 voxels are known; 1 % fewer may be another way of counting, 3 % are not.
    finding = voxel_finding(counted(RUNMC_Case00=46100, RUNMC_Case01=77164), FACTS)
    assert (finding.severity, finding.cases) == (WARNING, ("RUNMC_Case01",))
    assert finding.found.startswith("114 of 116 equal; 1 differ by more than 2 %")


def test_counts_on_another_grid_are_not_compared():
    inventory = counted().assign(n_rows=320, n_columns=320)
    finding = voxel_finding(inventory, FACTS)
    assert (finding.severity, finding.found) == (
        NOT_CHECKED,
        "no case that can be compared",
    )
