"""A committed split is used as it is, and refused where it would leak."""

import pandas as pd
import pytest

from sambench.data.published import SAML_CASES
from sambench.data.split_files import read_split, split_cases, write_split
from sambench.errors import InputError
from test_splits import by_patient, inventory


@pytest.fixture
def written(tmp_path):
    cases = inventory()
    split = split_cases(cases, by_patient(0.8))
    path = tmp_path / "splits" / "acdc.csv"
    write_split(cases, split, path)
    return cases, split, path


def test_without_a_file_the_rule_decides(tmp_path):
    cases = inventory()
    assert set(split_cases(cases, {"rule": "none"}, tmp_path / "no.csv")) == {"all"}


def test_file_gives_back_what_was_written_whatever_the_rule(written):
    cases, split, path = written
    pd.testing.assert_series_equal(split_cases(cases, by_patient(0.5, 7), path), split)
    shuffled = cases.sample(frac=1, random_state=0)
    again = split_cases(shuffled, {"rule": "none"}, path)
    pd.testing.assert_series_equal(again.sort_index(), split)


def test_case_that_is_not_listed_is_named(written):
    _, _, path = written
    with pytest.raises(InputError, match=r"no row for case p10_f0.*\(2 in all\)"):
        split_cases(inventory(11), by_patient(), path)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: text.replace("train", "training", 1), "split 'training'"),
        (lambda text: text + text.splitlines()[1] + "\n", "twice"),
        (lambda text: text.replace(",train", ",test", 1), "on two sides"),
        (lambda text: text.replace("patient", "subject", 1), "no column patient"),
    ],
)
def test_faults_of_a_file_are_named(written, change, found):
    cases, _, path = written
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=found):
        split_cases(cases, by_patient(), path)


def test_committed_split_of_the_prostate_lists_every_published_case(repository):
    table = read_split(repository / "config/splits/prostate/saml_prostate.csv")
    assert len(table) == 116
    assert set(table["split"]) == {"all"}
    for site, cases in SAML_CASES.items():
        of_site = table["case"][table["group"] == site]
        assert {name.removeprefix(f"{site}_") for name in of_site} == cases


def test_a_group_gets_its_side_from_all_cases_of_the_set():
    every = inventory(groups=("ct", "mr"))
    some = every[every["group"] == "mr"]
    whole = split_cases(every, by_patient(0.6))
    part = split_cases(some, by_patient(0.6), listed=every)
    assert part.tolist() == whole[some.index].tolist()
    assert part.index.equals(some.index)
