"""The documentation: it builds without a warning, and says what there is."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sambench.settings.datasets import load_registry
from sambench.settings.schema import load_schema

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "docs" / "generate"))

from catalogue_pages import (  # noqa: E402  (found by the line above)
    benchmarks_page,
    data_sets_page,
    documents,
    methods_by_family,
)
from parts_page import parts_page  # noqa: E402
from schema_table import keys_of, schema_table  # noqa: E402

SCHEMAS = REPOSITORY / "workflow" / "schemas"
LIBRARY = REPOSITORY / "workflow" / "scripts" / "sambench"
MADE_BY_A_RUN = {"config/hashes.csv"}
PAGES = sorted((REPOSITORY / "docs").glob("*.md"))


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Read the rows of all Markdown tables of a text."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built with every warning as an error: dead links and anchors, too."""
    folder = tmp_path_factory.mktemp("site")
    command = ["-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        [sys.executable, *command], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_builds_and_asks_nothing_of_the_network(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 35
    for page in pages:
        assert not re.search(r'(src|<link[^>]*href)="(https?:)?//', page.read_text())


def test_every_page_is_in_the_navigation(site):
    home = (site / "index.html").read_text()
    for page in PAGES:
        assert f'href="{page.stem}.html"' in home, page.name


def test_links_from_other_readmes_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "config/README.md", "speed/README.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", read(name)):
            if not target.startswith("http"):
                assert (REPOSITORY / name).parent.joinpath(target).exists(), target


def test_the_readme_counts_methods_and_protocols_and_is_short():
    text = read("README.md")
    assert len(text.splitlines()) <= 130
    counted = {row[0]: row[1] for row in rows(text) if row[1].isdigit()}
    assert counted == {
        family: str(len(recipes)) for family, recipes in methods_by_family().items()
    }
    assert f"There are {len(documents('protocols'))} scoring protocols" in text


def test_the_readme_names_every_benchmark():
    named = [cell for row in rows(read("README.md")) for cell in (row[0], row[-1])]
    found = re.findall(r"`(\w+)`", " ".join(named))
    assert sorted(found) == sorted(documents("benchmarks"))


def test_the_image_of_the_readme_is_small_and_said_to_be_synthetic():
    text = read("README.md")
    (image,) = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert (REPOSITORY / image).stat().st_size < 200_000
    assert "synthetic" in text.split(image)[1].split("##")[0]


def test_files_that_pages_name_exist():
    for page in [*PAGES, REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]:
        names = re.findall(
            r"`((?:sambench|workflow|config|docs)/[\w/.]*)`", page.read_text()
        )
        for name in {*names} - MADE_BY_A_RUN:
            inside = f"workflow/scripts/{name}"
            path = REPOSITORY / (inside if name.startswith("sambench/") else name)
            assert path.exists(), f"{page.name}: {name}"


def test_the_rooms_of_the_architecture_are_those_that_are_checked():
    """The table lists every room, in the order of import-linter's floors."""
    tools = tomllib.loads(read("pyproject.toml"))["tool"]
    layers = tools["importlinter"]["contracts"][0]["layers"]
    floor = {
        room: number
        for number, layer in enumerate(layers)
        for room in layer.split(" | ")
    }
    text = read("docs/architecture.md").split("## Rooms")[1].split("##")[0]
    shown = [room for row in rows(text) for room in re.findall(r"`(\w+)`", row[0])]
    assert set(shown) == {path.parent.name for path in LIBRARY.glob("*/__init__.py")}
    assert [floor[room] for room in shown] == sorted(floor[room] for room in shown)


@pytest.mark.parametrize(
    "name", sorted(path.name.split(".")[0] for path in SCHEMAS.glob("*.yaml"))
)
def test_every_key_of_a_schema_is_described_in_the_reference(name):
    keys = list(keys_of(load_schema(name)))
    assert [key for key, rules, _ in keys if not rules.get("description")] == []
    table = schema_table(name)
    assert table.count("\n") == len(keys) + 2
    assert all(f"\n| `{key}` |" in table for key, _, _ in keys)


def test_the_reference_says_of_every_download_how_it_is_had():
    text = data_sets_page()
    for entry in load_registry([REPOSITORY / "config"]).values():
        (row,) = [row for row in rows(text) if row[0] == f"`{entry.id}`"]
        _, _, how, verified, licence = row
        assert licence == entry.licence
        assert how.startswith("automatic") == entry.unattended, entry.id
        assert ("accept_terms" in how) == (entry.accept and entry.unattended), entry.id
        hashes = [file.known_hash for file in entry.files if not file.optional]
        known = all(hashes) and entry.unattended
        assert verified == (hashes[0].split(":")[0] if known else "first use"), entry.id


def test_the_reference_says_which_set_serves_which_task():
    found = rows(benchmarks_page().split("## Sources of the tasks")[1])[1:]
    assert [row[0] for row in found] == [str(number) for number in range(1, 22)]
    assert found[6][1:] == ["Left ventricle MR", "`acdc` mr: 3", "`mnms` mr: 1"]


def test_the_reference_has_every_part_with_its_arguments():
    found = {row[0]: row for row in rows(parts_page())}
    for name in ("`promptable_sam`", "`gin_ipa`", "`adamw`", "`by_batch`", "`ellipse`"):
        assert found[name][-1], name
    assert "`layers`: integer" in found["`gin_ipa`"][1]
