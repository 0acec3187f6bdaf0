"""The bill of materials and the page of licences say what is installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from tests.conftest import REPOSITORY

FREE = frozenset(("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0"))
"""Licences that ask for no more than to be named."""
FREE_OF_FILES = frozenset(("MPL-2.0", "PSF-2.0"))
"""Those that ask for more only of who changes their own files."""


def printed(script: str) -> str:
    made = subprocess.run(
        [sys.executable, str(REPOSITORY / "bundle" / script)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return made.stdout


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(printed("sbom.py"))
    return document


def test_the_bill_is_the_same_each_time() -> None:
    assert printed("sbom.py") == printed("sbom.py")


def test_the_bill_has_whatever_hubemu_asks_for(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[^\w.-]", line)[0].lower() for line in project["dependencies"]}
    there = {one["name"].replace("_", "-").lower() for one in bill["components"]}
    assert asked <= there
    assert "pytest" not in there, "a tool of the tests does not run in the product"
    for one in bill["components"]:
        assert one["purl"].endswith(f"@{one['version']}")
        assert one["licenses"], f"{one['name']} does not say its licence in a way that we know"


def test_every_dependency_of_the_bill_is_one_of_its_components(bill: dict[str, Any]) -> None:
    known = {one["bom-ref"] for one in bill["components"]}
    root = bill["metadata"]["component"]["bom-ref"]
    assert {one["ref"] for one in bill["dependencies"]} == known | {root}
    assert {needed for one in bill["dependencies"] for needed in one["dependsOn"]} == known


def test_the_page_of_licences_says_what_is_installed() -> None:
    """If this fails: python bundle/licences.py > docs/licences.md, and look at what changed."""
    page = (REPOSITORY / "docs/licences.md").read_text().splitlines()
    assert set(printed("licences.py").splitlines()) <= set(page)


def test_every_licence_is_a_free_one() -> None:
    rows = re.findall(r"^\| (\S+) \| (.+) \| hubemu", printed("licences.py"), re.MULTILINE)
    assert len(rows) > 30
    for name, licence in rows:
        named = set(re.findall(r"[A-Za-z][\w.-]*", licence)) - {"AND", "OR"}
        assert named <= FREE | FREE_OF_FILES, name


def test_the_image_pins_whatever_hubemu_asks_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    pinned = dict(
        line.split("==")
        for line in (REPOSITORY / "docker/constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    )
    for line in project["dependencies"]:
        name, least = re.split(r"[>=;, ]+", line)[:2]
        version = pinned[name.lower()]
        assert _numbers(version) >= _numbers(least), f"{name} {version}"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
