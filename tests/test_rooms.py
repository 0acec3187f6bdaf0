"""What the documents and pyproject.toml say of the package is so: rooms, floors, dependencies."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "hubemu"
TRACING = PACKAGE / "dispatcher/tracing"
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
OURS = {"hubemu", "tests", "benchmarks", "docker", "docs", "standin"}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    text = (REPOSITORY / page).read_text("utf-8").partition(f"\n## {heading}\n")[2]
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([\w/]+?)/?`", cell)


def test_the_floors_of_contributing_are_those_that_lint_checks() -> None:
    contract = PYPROJECT["tool"]["importlinter"]["contracts"][0]
    assert contract["name"].startswith("Floors")
    checked = [sorted(layer.split(" | ")) for layer in contract["layers"]]
    told = [sorted(names(row[0])) for row in rows("CONTRIBUTING.md", "Where things are")]
    assert told == checked


def test_the_page_on_architecture_names_every_room_and_no_other() -> None:
    there = {str(one.parent.relative_to(PACKAGE)) for one in PACKAGE.rglob("__init__.py")}
    told = [name for row in rows("docs/architecture.md", "Rooms") for name in names(row[0])]
    assert sorted(told) == sorted(there - {"."})


def imported(folder: Path) -> dict[str, str]:
    """Foreign packages that the Python files below a folder import, each with one such file."""
    found: dict[str, str] = {}
    for file in sorted(folder.rglob("*.py")):
        for name in _imports(ast.parse(file.read_text("utf-8"))):
            found.setdefault(name.partition(".")[0], str(file.relative_to(REPOSITORY)))
    return {name: file for name, file in found.items() if name not in sys.stdlib_module_names}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def declared(*extras: str) -> set[str]:
    """Names of the distributions that pyproject.toml asks for."""
    project = PYPROJECT["project"]
    optional = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    return {_distribution(re.split(r"[^\w.-]", line)[0]) for line in lines}


def _distribution(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _undeclared(folder: str, known: set[str], ours: set[str]) -> dict[str, str]:
    of_package = packages_distributions()
    return {
        name: file
        for name, file in imported(REPOSITORY / folder).items()
        if name not in ours and not {_distribution(one) for one in of_package.get(name, [])} & known
    }


def test_what_is_imported_is_declared() -> None:
    assert _undeclared("hubemu", declared("docker", "otel", "pytest"), {"hubemu"}) == {}
    for folder in ("tests", "benchmarks"):
        assert _undeclared(folder, declared("docker", "otel", "test"), OURS) == {}


def test_what_is_declared_is_imported() -> None:
    of_package = packages_distributions()
    used = {_distribution(one) for name in imported(PACKAGE) for one in of_package.get(name, [])}
    assert declared("docker") - used <= {"uvloop"}  # where it is not installed, nobody can tell


def test_what_is_optional_is_imported_only_when_wanted() -> None:
    """Without the extra every module still loads."""
    for file in PACKAGE.rglob("*.py"):
        body = ast.parse(file.read_text("utf-8")).body
        wanted = {"opentelemetry"} if file.parent == TRACING else set()
        optional = {"docker", "opentelemetry"} - wanted
        assert not optional & {name for node in body for name in _top(node)}, file


def test_what_makes_traces_is_imported_by_name_only_where_they_are_asked_for() -> None:
    ours = "hubemu.dispatcher.tracing"
    light = {f"{ours}.loading"}
    for file in PACKAGE.rglob("*.py"):
        if file.parent != TRACING:
            body = ast.parse(file.read_text("utf-8")).body
            names = {
                name for one in body for name in _imports(ast.Module([one], [])) if _plain(one)
            }
            assert {name for name in names if name.startswith(ours)} <= light, file


def _plain(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _top(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (name.partition(".")[0] for name in _imports(ast.Module([node], [])))


def test_the_image_is_built_from_all_that_the_package_is_made_of() -> None:
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    asked = {*wheel["packages"], *wheel["force-include"], *wheel["shared-data"]}
    asked.add(PYPROJECT["project"]["readme"])
    written = (REPOSITORY / "docker/Dockerfile").read_text("utf-8").partition("\nFROM scratch")[0]
    copied = {
        word for line in re.findall(r"^COPY (.*) \S+$", written, re.M) for word in line.split()
    }
    known = re.findall(r"^!(.*)$", (REPOSITORY / ".dockerignore").read_text("utf-8"), re.M)
    building = {"bundle", "docker/constraints.txt", "docker/slim.py"}
    assert asked | {"pyproject.toml", *PYPROJECT["project"]["license-files"]} | building == copied
    assert {name.removeprefix("./") for name in copied} <= set(known)


def test_a_hub_in_a_container_announces_the_port_that_leads_to_it() -> None:
    """The commands on the machine read `endpoints.json` of the home that both share."""
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text("utf-8"))["services"]
    for name in ("hub", "embedded", "cluster-hub"):
        for mapped in services[name]["ports"]:
            outer, inner = re.findall(r"\$\{\w+:-\d+\}", mapped)
            option = "--http-port" if "HTTP" in outer else "--port"
            assert outer == inner
            assert f"{option} {inner}" in services[name]["command"]
