"""Rules, environments and versions fit together."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

from sambench.models import NETWORKS

CONDA_NAMES = {"pytorch": "torch"}


def pinned(repository: Path) -> dict[str, str]:
    lines = (repository / "envs" / "requirements.txt").read_text().splitlines()
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    lines += [
        line for extra in project["optional-dependencies"].values() for line in extra
    ]
    pairs = (line.split("==") for line in lines if "==" in line and line[0] != "#")
    return {name.lower(): version for name, version in pairs}


@pytest.fixture(scope="module")
def rules(repository: Path, tmp_path_factory) -> list:
    with SnakemakeApi(OutputSettings()) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(
                configfiles=[repository / "config" / "config.yaml"]
            ),
            snakefile=repository / "Snakefile",
            workdir=tmp_path_factory.mktemp("rules"),
        )
        inner = workflow._get_workflow()
        inner.include(str(repository / "Snakefile"), overwrite_default_target=True)
        return list(inner.rules)


def test_every_rule_has_a_docstring(rules):
    assert [rule.name for rule in rules if not rule.docstring] == []


def test_every_rule_with_a_script_has_a_log_and_an_existing_environment(
    rules, repository
):
    scripted = [rule for rule in rules if rule.script]
    assert len(scripted) >= 12
    for rule in scripted:
        assert len(rule.log) == 1, rule.name
        if callable(rule.conda_env):  # of the network or program of a run, see below
            names = {"network_environment", "program_environment"}
            assert rule.conda_env.__name__ in names
            continue
        environment = Path(str(rule.conda_env))
        assert environment.parent.name == "envs", rule.name
        assert (repository / "envs" / environment.name).is_file(), rule.name


def test_every_program_has_an_environment(repository):
    found = []
    for path in (repository / "config/methods").glob("*.yaml"):
        external = yaml.safe_load(path.read_text()).get("external") or {}
        found += [external["environment"]] if "environment" in external else []
    assert found
    assert all((repository / name).is_file() for name in found)


def test_every_network_has_an_environment(repository):
    for name in NETWORKS:
        file = f"{NETWORKS.environment(name)}.yaml"
        assert (repository / "envs" / file).is_file(), name
    assert NETWORKS.environment("my_package:my_network") == "torch"


def test_every_script_is_thin_and_belongs_to_the_rule_of_its_name(rules, repository):
    scripts = {
        path.stem: path for path in (repository / "workflow/scripts").glob("*.py")
    }
    names = {rule.name for rule in rules}
    assert set(scripts) == {Path(rule.script).stem for rule in rules if rule.script}
    assert set(scripts) <= names
    for path in scripts.values():
        assert len(path.read_text().splitlines()) < 60, path.name


@pytest.mark.parametrize("name", ["data", "torch", "sam2", "tables", "report"])
def test_environments_hold_the_versions_of_the_pinned_list(repository, name):
    versions = pinned(repository)
    environment = yaml.safe_load((repository / "envs" / f"{name}.yaml").read_text())
    for dependency in environment["dependencies"]:
        package, version = dependency.split(" =")
        if package == "python":
            assert version == "3.11"
        else:
            assert versions[CONDA_NAMES.get(package, package)] == version, dependency


def test_the_package_admits_the_versions_of_the_pinned_list(repository):
    versions = pinned(repository)
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["run"]]
    assert len(lines) > 20
    for requirement in map(Requirement, lines):
        assert requirement.specifier.contains(versions[requirement.name.lower()])


def test_the_pinned_list_has_no_torchvision_and_a_plain_torch(repository):
    versions = pinned(repository)
    assert "torchvision" not in versions
    assert re.fullmatch(r"[\d.]+", versions["torch"])


def test_the_snakefile_is_short(repository):
    assert len((repository / "Snakefile").read_text().splitlines()) < 60
