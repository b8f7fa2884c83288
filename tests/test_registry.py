"""The registry lists every set and weight, and says only what somebody read."""

from pathlib import Path

import pytest
import yaml

from sambench.__main__ import main
from sambench.errors import InputError
from sambench.settings.datasets import load_registry

DATASETS = {
    "saml_prostate", "riga_plus", "medsam_v0", "amos22", "msd", "acdc", "mnms",
    "promise12", "brats2021", "abcs", "abdomenct1k", "kits19", "lits",
    "covid19_ct_seg", "plethora", "hecktor", "nci_isbi",
}  # fmt: skip
WEIGHTS = {
    "sam_vit_b", "sam_vit_l", "sam_vit_h", "medsam_v1_vit_b", "medsam_v0_vit_b",
    "dapsam", "lite_medsam", "sam_med2d", "sam2_hiera_tiny", "sam2_hiera_small",
    "sam2_hiera_base_plus", "sam2_hiera_large", "sam3",
}  # fmt: skip


@pytest.fixture(scope="module")
def registry(repository):
    return load_registry([repository / "config"])


def write(folder, change=None, **entry):
    document = {"datasets": {"one": entry}, "weights": {}}
    (folder / "datasets.yaml").write_text(yaml.safe_dump(change or document))
    return [folder]


def minimal(**more):
    entry = {
        "title": "One",
        "homepage": "https://example.org",
        "licence": "CC0",
        "access": "open",
        "used_by": [],
        "files": [{"name": "one.zip", "url": "https://example.org/one.zip"}],
    }
    return entry | more


def test_every_set_and_weight_is_registered(registry):
    found = {"datasets": set(), "weights": set()}
    for entry in registry.values():
        found[entry.kind].add(entry.id)
    assert found == {"datasets": DATASETS, "weights": WEIGHTS}


def test_only_the_user_can_get_what_needs_an_approval(registry):
    attended = {name for name, entry in registry.items() if not entry.unattended}
    assert attended == {
        "mnms", "brats2021", "abcs", "kits19", "lits", "plethora", "hecktor",
        "sam3", "nci_isbi",
    }  # fmt: skip
    for name in attended:
        assert len(registry[name].instruction.splitlines()) == 1


def test_file_names_are_unique_within_an_entry_and_places_do_not_clash(registry):
    for entry in registry.values():
        names = [file.name for file in entry.files]
        assert len(set(names)) == len(names), entry.id
        places = [file.into for file in entry.files if file.into]
        assert len(set(places)) == len(places), entry.id


def test_names_of_sam_weights_start_with_their_md5(registry):
    for name in ("sam_vit_b", "sam_vit_l", "sam_vit_h"):
        (file,) = registry[name].files
        assert file.name.removesuffix(".pth").split("_")[-1] == file.md5[:6]


def test_known_hash_prefers_sha256(registry):
    task = {file.name: file for file in registry["msd"].files}
    assert task["Task05_Prostate.tar"].known_hash.startswith("sha256:8cbbd714")
    assert task["Task10_Colon.tar"].known_hash == "md5:bad7a188931dc2f6acf72b08eb6202d0"
    assert registry["saml_prostate"].files[0].known_hash is None


def test_optional_files_are_chosen_by_name(registry):
    entry = registry["msd"]
    assert [file.name for file in entry.chosen()] == ["Task05_Prostate.tar"]
    chosen = entry.chosen(["Task03_Liver.tar", "Task05_Prostate.tar"])
    assert [file.name for file in chosen] == ["Task03_Liver.tar", "Task05_Prostate.tar"]
    with pytest.raises(InputError, match=r"Did you mean 'Task03_Liver\.tar'"):
        entry.chosen(["Task03_Livre.tar"])


def test_groups_of_cases_need_their_files(registry):
    assert registry["msd"].needed({"liver_ct"}) == ["Task03_Liver.tar"]
    assert registry["msd"].needed({"prostate_t2", "colon_ct"}) == [
        "Task05_Prostate.tar",
        "Task10_Colon.tar",
    ]
    assert registry["medsam_v0"].needed({"task01"}) == ["Test.zip"]
    assert len(registry["abdomenct1k"].needed({"ct"})) == 4


def test_unknown_id_is_named(capsys):
    assert main(["fetch", "amos2"]) == 1
    assert "Did you mean 'amos22'" in capsys.readouterr().err


def test_own_registry_takes_the_place_of_the_other(repository, tmp_path):
    folders = [*write(tmp_path, **minimal()), repository / "config"]
    assert list(load_registry(folders)) == ["one"]
    assert set(load_registry(folders[1:])) == DATASETS | WEIGHTS


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"access": "free"}, "access"),
        ({"files": [{"name": "x.zip", "url": "https://x", "sha256": "12"}]}, "sha256"),
        ({"files": [{"name": "../x.zip", "url": "https://x"}]}, "name"),
        ({"files": [{"name": "x.zip", "url": "https://x", "into": "../up"}]}, "into"),
        ({"files": [{"name": "x.zip"}]}, "files"),
        ({"files": [{"name": "x", "url": "https://x", "drive_file": "1"}]}, "files"),
        ({"access": "manual"}, "instruction"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_faults_are_named(tmp_path, change, key):
    with pytest.raises(InputError, match=key):
        load_registry(write(tmp_path, **minimal(**change)))


def test_id_that_is_data_and_weights_is_refused(tmp_path):
    both = {"datasets": {"one": minimal()}, "weights": {"one": minimal()}}
    with pytest.raises(InputError, match="under datasets and under weights"):
        load_registry(write(tmp_path, both))


def test_missing_registry_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"no datasets\.yaml"):
        load_registry([tmp_path, Path("elsewhere")])
