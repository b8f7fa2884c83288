"""Splits keep patients together and depend on the data set alone."""

import pandas as pd
import pytest

from sambench.data.splits import assign_splits
from sambench.errors import InputError


def inventory(n_patients=10, groups=("mr",), n_frames=2, split=""):
    return pd.DataFrame(
        [
            {
                "dataset": "acdc",
                "group": group,
                "case": f"p{patient:02}_f{frame}",
                "patient": f"p{patient:02}",
                "split": split,
            }
            for group in groups
            for patient in range(n_patients)
            for frame in range(n_frames)
        ]
    )


def by_patient(fraction=0.8, seed=2023):
    return {"rule": "patient", "train_fraction": fraction, "seed": seed}


def test_rule_none_gives_every_case_both_roles():
    assert set(assign_splits(inventory(), {"rule": "none"})) == {"all"}


def test_published_split_is_taken_as_it_is():
    cases = inventory(n_patients=2, n_frames=1)
    cases["split"] = ["test", "train"]
    split = assign_splits(cases, {"rule": "published"})
    assert split.tolist() == ["test", "train"]


def test_a_published_test_list_validates_and_every_case_tests():
    cases = inventory(n_patients=2, n_frames=1)
    cases["split"] = ["test", "train"]
    split = assign_splits(cases, {"rule": "published_validation"})
    assert split.tolist() == ["validation", "all"]


def test_published_split_must_exist():
    with pytest.raises(InputError, match=r"no published split for case p00_f0.*20"):
        assign_splits(inventory(), {"rule": "published"})


def test_published_split_with_a_patient_on_both_sides_is_refused():
    cases = inventory(n_patients=1)
    cases["split"] = ["test", "train"]
    with pytest.raises(InputError, match="patient p00"):
        assign_splits(cases, {"rule": "published"})


@pytest.mark.parametrize(
    ("n_patients", "fraction", "n_train"), [(10, 0.8, 8), (5, 0.9, 4), (2, 0.1, 1)]
)
def test_patients_are_counted_and_never_on_both_sides(n_patients, fraction, n_train):
    cases = inventory(n_patients)
    split = assign_splits(cases, by_patient(fraction))
    sides = split.groupby(cases["patient"]).agg(set)
    assert sides.map(len).max() == 1
    assert (sides == {"train"}).sum() == n_train
    assert (sides == {"test"}).sum() == n_patients - n_train


def test_split_ignores_the_order_of_rows_and_keeps_their_index():
    cases = inventory()
    shuffled = cases.sample(frac=1, random_state=0)
    split = assign_splits(shuffled, by_patient())
    assert split.index.equals(shuffled.index)
    pd.testing.assert_series_equal(
        split.sort_index(), assign_splits(cases, by_patient())
    )


def test_seed_decides_the_split():
    splits = {tuple(assign_splits(inventory(), by_patient(0.5, s))) for s in range(6)}
    assert len(splits) > 1
    again = [assign_splits(inventory(), by_patient(0.5, 1)).tolist() for _ in "ab"]
    assert again[0] == again[1]


def test_tasks_that_share_patients_agree():
    cases = inventory(groups=("prostate_t2", "prostate_adc"), n_frames=1)
    sides = assign_splits(cases, by_patient()).groupby(cases["patient"]).nunique()
    assert sides.max() == 1


def test_groups_of_other_patients_each_get_their_share():
    ct, mr = inventory(5, ("ct",)), inventory(5, ("mr",))
    mr["patient"] = "m" + mr["patient"]
    cases = pd.concat([ct, mr], ignore_index=True)
    split = assign_splits(cases, by_patient(0.8))
    for group in ("ct", "mr"):
        of_group = cases["group"] == group
        patients = cases["patient"][of_group & (split == "test")].unique()
        assert len(patients) == 1


def test_a_single_patient_cannot_be_split():
    with pytest.raises(InputError, match="1 patient"):
        assign_splits(inventory(1), by_patient())
