"""The two lists of dependencies, and the pins, say the same."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"python-duckdb": "duckdb"}


def project_requirements() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    listed = [*project["dependencies"], *extras["databases"], *extras["watch"], *extras["dev"]]
    return {spaceless(one) for one in listed if not one.startswith("customer-notebooks")}


def conda_requirements() -> set[str]:
    text = (ROOT / "environment.yml").read_text("utf-8")
    listed = re.findall(r"^\s+- ([a-z][a-z0-9-]*[ ><=.,0-9]*)$", text, flags=re.MULTILINE)
    names = {spaceless(one) for one in listed} - {"conda-forge", "pip"}
    return {CONDA_NAMES.get(name, name) for name in names if not name.startswith("python>")}


def spaceless(requirement: str) -> str:
    return requirement.replace(" ", "")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    found = [re.fullmatch(r"([A-Za-z0-9_.-]+)==(\S+)", line) for line in lines if line[:1] != "#"]
    assert all(found), "constraints.txt holds exact pins and nothing else"
    return {normal(match[1]): match[2] for match in found if match}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_yml_lists_the_dependencies_of_pyproject():
    assert conda_requirements() == project_requirements()


def test_every_dependency_is_pinned():
    names = {re.split(r"[><=]", one)[0] for one in project_requirements()}
    assert {normal(name) for name in names} - pins().keys() == set()


def test_environment_yml_asks_for_the_same_python():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    python = re.search(r"^  - python (\S+)$", (ROOT / "environment.yml").read_text("utf-8"), re.M)
    assert python is not None
    assert python[1] == project["requires-python"]


def test_pins_name_no_registry():
    assert "://" not in (ROOT / "constraints.txt").read_text("utf-8")
