"""The bundle: what its installer checks and installs, the network being off."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.timeout(600)  # pip resolves and fetches all wheels, on a busy machine too
NOWHERE = "http://127.0.0.1:9"
OFF = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked bundle of this checkout."""
    out = tmp_path_factory.mktemp("bundle")
    command = [
        sys.executable,
        str(REPOSITORY / "bundle/make_bundle.py"),
        "--out",
        str(out),
        "--no-image",
    ]
    made = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    if "Temporary failure in name resolution" in made.stderr or "No matching dist" in made.stderr:
        pytest.skip(f"the wheels cannot be had here: {made.stderr.strip()[-200:]}")
    assert made.returncode == 0, made.stderr
    file = Path(made.stdout.strip())
    with tarfile.open(file) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 or newer
        tar.extractall(out)
    return out / file.name.removesuffix(".tar.gz")


def install(bundle: Path, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(bundle / "install.sh"), str(where)],
        env=os.environ | OFF | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_make_installs_what_making_it_needs() -> None:
    files = tuple((REPOSITORY / "bundle").glob("*.py"))
    ours = {file.stem for file in files} | sys.stdlib_module_names
    imported = {
        name.split(".")[0]
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
    }
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extra = {Requirement(one).name for one in project["optional-dependencies"]["test"]}
    assert "bundle: $(VENV)/.test " in (REPOSITORY / "Makefile").read_text()
    assert imported - ours <= extra


def _imported(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.skipif(sys.platform == "win32", reason="the installer is a shell script")
def test_it_installs_with_the_network_off(bundle: Path, tmp_path: Path) -> None:
    installed = install(bundle, tmp_path / "venv")
    assert installed.returncode == 0, installed.stderr
    told = subprocess.run(
        [str(tmp_path / "venv/bin/hubemu"), "demo"],
        cwd=tmp_path,
        env=os.environ | OFF,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "All 9 steps were seen" in told.stdout
    assert (tmp_path / "venv/share/man/man1/hubemu.1").read_text().startswith(".TH HUBEMU 1")
    explained = subprocess.run(
        [str(tmp_path / "venv/bin/hubemu"), "scenario", "list"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "15-15" in explained.stdout
    bill = json.loads((bundle / "sbom.cdx.json").read_text())
    assert bill["metadata"]["component"]["name"] == "hubemu"
    wheels = {one.name.partition("-")[0].lower() for one in (bundle / "wheels").iterdir()}
    assert {one["name"].replace("-", "_").lower() for one in bill["components"]} <= wheels


@pytest.mark.skipif(sys.platform == "win32", reason="the installer is a shell script")
def test_a_damaged_wheel_is_not_installed(bundle: Path, tmp_path: Path) -> None:
    damaged = next((bundle / "wheels").glob("hubemu-*.whl"))
    sound = damaged.read_bytes()
    try:
        damaged.write_bytes(sound + b"x")
        assert install(bundle, tmp_path / "venv").returncode != 0
        assert not (tmp_path / "venv").exists()
    finally:
        damaged.write_bytes(sound)


def names(requirements: Iterable[str]) -> set[str]:
    """The packages that requirements ask for on this machine, as wheels are called."""
    wanted = (Requirement(line) for line in requirements)
    return {
        one.name.lower().replace("-", "_")
        for one in wanted
        if one.marker is None or one.marker.evaluate()
    }


def test_it_has_what_make_test_needs(bundle: Path) -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    extras = pyproject["project"]["optional-dependencies"]
    used = (extras["test"], extras["docker"], extras["otel"], pyproject["project"]["dependencies"])
    wanted = names(
        [line for lines in used for line in lines] + pyproject["build-system"]["requires"]
    )
    wheels = {one.name.partition("-")[0].lower() for one in (bundle / "wheels").iterdir()}
    assert wanted | {"editables", "pip"} <= wheels
    [sources] = bundle.glob("hubemu-*.tar.gz")
    with tarfile.open(sources) as tar:
        packed = {one.name.partition("/")[2] for one in tar.getmembers() if one.isfile()}
    there = {
        file.relative_to(REPOSITORY).as_posix()
        for folder in ("hubemu", "tests", "docs", "examples", "routing", "scenarios", "certs")
        for file in (REPOSITORY / folder).rglob("*.[pym]*")  # .py, .yaml, .md
        if "node_modules" not in file.parts and "__pycache__" not in file.parts
    }
    assert there | {"Makefile", "pyproject.toml", "README.md", "README.fr.md"} <= packed
    assert not {one for one in packed if one.startswith((".ci/", ".hubemu/", ".venv"))}
    assert "PIP_NO_INDEX=1" in (bundle / "test.sh").read_text()


def test_it_has_the_node_packages_of_the_tests(bundle: Path, amqplib: Path, tmp_path: Path) -> None:
    wanted = json.loads((REPOSITORY / "tests/support/node/package.json").read_text())
    assert "  node_modules.tar.gz\n" in (bundle / "SHA256SUMS").read_text()
    with tarfile.open(bundle / "node_modules.tar.gz") as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(tmp_path)
    for name in wanted["dependencies"]:
        ours, theirs = (
            json.loads((folder / name / "package.json").read_text())["version"]
            for folder in (tmp_path / "node_modules", amqplib)
        )
        assert ours == theirs, name
