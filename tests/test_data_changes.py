"""Data that change after a run are noticed, by group, and nothing else runs again."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from sambench.data.cases import Case
from sambench.data.data_version import (
    read_record,
    recorded,
    survey,
    write_record,
)
from sambench.errors import InputError
from test_own_data import fundus_entry, photographs

REPOSITORY = Path(__file__).resolve().parents[1]


def find_cases(root: Path) -> list[Case]:
    return [
        Case(
            p.stem,
            p.parent.name,
            p.stem,
            "",
            f"{p.parent.name}/{p.name}",
            f"{p.parent.name}/{p.stem}.seg",
        )
        for p in sorted(root.glob("*/*.mhd"))
    ]


@pytest.fixture
def checked(tmp_path):
    """Two groups, both checked: a function that surveys them as they are now."""
    root, records = tmp_path / "root", tmp_path / "records"
    for group in ("one", "two"):
        for name in ("a", "b"):
            for ending in ("mhd", "raw", "seg"):
                path = root / group / f"{name}.{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"{group}{name}{ending}")
    (root / "README.txt").write_text("of no case")

    def look(remember=False):
        return survey(records, root, ["one", "two"], of_group, remember)

    def of_group(group):
        if look.fault == group:
            raise InputError(where=group, found="a", expected="b", remedy="c")
        return find_cases(root)

    def check(group):
        version = look().versions[group]
        record = recorded(root, find_cases(root), group, version)
        write_record(record, records / f"{group}.json")

    look.fault = ""
    check("one")
    check("two")
    look.root, look.check, look.records = root, check, records
    return look


def later(path: Path) -> None:
    """Return a file a time that it has not had."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


def test_nothing_changed(checked):
    found = checked()
    assert found.versions == {"one": "", "two": ""}
    assert not found.changes


@pytest.mark.parametrize("ending", ["mhd", "raw", "seg"])
def test_an_edit_of_the_same_size(checked, ending):
    path = checked.root / "two" / f"b.{ending}"
    path.write_text(path.read_text().swapcase())
    later(path)
    found = checked()
    assert found.versions["one"] == ""
    assert found.versions["two"]
    assert found.changes["two"].words() == f"1 edited (two/b.{ending})"
    assert checked() == found  # planned again, the version is the same
    checked.check("two")
    assert checked().versions == found.versions
    assert not checked().changes
    path.write_text(path.read_text().swapcase())
    later(path)
    assert checked().versions["two"] not in ("", found.versions["two"])


def test_a_touched_file_is_read_once_and_changes_nothing(checked):
    path = checked.root / "one/a.seg"
    later(path)
    found = checked(remember=True)
    assert found.versions == {"one": "", "two": ""}
    assert not found.changes
    stamp, _ = read_record(checked.records / "one.json").files["one/a.seg"]
    assert stamp[1] == path.stat().st_mtime_ns


def test_added_removed_renamed(checked):
    root = checked.root
    for ending in ("mhd", "raw", "seg"):
        (root / f"one/c.{ending}").write_text("new")
        (root / f"two/a.{ending}").rename(root / f"two/z.{ending}")
    found = checked().changes
    assert found["one"].words() == "3 added (one/c.mhd, one/c.raw, one/c.seg)"
    assert len(found["two"].added) == len(found["two"].removed) == 3


def test_files_of_no_case_do_not_matter(checked):
    (checked.root / "README.txt").write_text("other words")
    (checked.root / "one/notes.txt").write_text("new")
    assert not checked().changes


def test_a_fault_of_one_group_does_not_touch_the_others(checked):
    checked.fault = "two"
    found = checked()
    assert found.versions["one"] == ""
    assert found.versions["two"]
    checked.fault = ""
    assert checked().versions == {"one": "", "two": ""}


def test_many_files_are_cheap(checked, monkeypatch):
    """Nothing is opened to plan a run in which nothing changed."""

    def refuse(root, paths):
        assert not paths, paths
        return []

    monkeypatch.setattr("sambench.data.data_version.hashes", refuse)
    assert not checked().changes


def test_a_finished_run_repeats_only_what_an_edit_concerns(tmp_path):
    root = photographs(tmp_path / "photos")
    target = "results/scores/cameras.parquet"
    config = {
        "data": {"mine": fundus_entry()},
        "benchmarks": [{"id": "cameras", "data": "mine", "size": 64}],
        "methods": ["box"],
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def snakemake(*options: str) -> str:
        command = [sys.executable, "-m", "snakemake", target, *options]
        command += ["-s", str(REPOSITORY / "Snakefile"), "--configfile", "mine.yaml"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def planned() -> tuple[dict[str, list[str]], str]:
        text = snakemake("-n")
        jobs: dict[str, list[str]] = {}
        for name, cards in re.findall(
            r"^rule (\w+):.*?(?:^    wildcards: ([^\n]*)|\n\n)", text, re.M | re.S
        ):
            jobs.setdefault(name, []).append(cards)
        return jobs, text

    snakemake("--cores", "2")
    assert planned()[0] == {}

    path = root / "canon/a_label.png"
    later(path)
    assert planned()[0] == {}

    mask = np.array(Image.open(path))
    mask[12, 12] = 0
    Image.fromarray(mask).save(path)
    jobs, text = planned()
    assert "mine, canon: since the last run 1 edited (canon/a_label.png)" in text
    assert jobs["check"] == ["dataset=mine, group=canon"]
    assert jobs["pack"] == ["benchmark=cameras, domain=canon"]
    assert all("target=canon" in cards for cards in jobs["score"])
    snakemake("--cores", "2")
    assert planned()[0] == {}

    for kind in ("images", "masks"):
        (root / f"zeiss/{kind}/b.png").rename(root / f"zeiss/{kind}/z.png")
    jobs, _ = planned()
    assert jobs["pack"] == ["benchmark=cameras, domain=zeiss"]
    for kind in ("images", "masks"):
        (root / f"zeiss/{kind}/z.png").rename(root / f"zeiss/{kind}/b.png")
    assert planned()[0] == {}

    config["data"]["mine"]["cases"]["nidek"] = {
        **config["data"]["mine"]["cases"]["canon"],
        "images": "canon/{name}_photo.png",
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    jobs, _ = planned()
    assert jobs["pack"] == ["benchmark=cameras, domain=nidek"]
    del config["data"]["mine"]["cases"]["nidek"]
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    for what in ("photo", "label"):
        (root / f"canon/c_{what}.png").unlink()
    jobs, text = planned()
    assert "2 removed (canon/c_label.png, canon/c_photo.png)" in text
    assert jobs["pack"] == ["benchmark=cameras, domain=canon"]
