"""The dev containers: what an editor reads of them is what its specification knows."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

FILES = (
    REPOSITORY / ".devcontainer/devcontainer.json",
    REPOSITORY / "examples/containers/devcontainer.json",
)
CI = REPOSITORY / ".ci/run"
KEYS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "image": str,
    "build": dict,
    "features": dict,
    "forwardPorts": list,
    "portsAttributes": dict,
    "containerEnv": dict,
    "remoteEnv": dict,
    "remoteUser": str,
    "customizations": dict,
    "onCreateCommand": (str, list, dict),
    "postCreateCommand": (str, list, dict),
    "postStartCommand": (str, list, dict),
}
"""Names of containers.dev's reference with their types, as far as one might want them here."""


def read(file: Path) -> dict[str, Any]:
    """JSON with comments of whole lines, which is what such a file may be."""
    text = re.sub(r"^\s*//.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
    content: dict[str, Any] = json.loads(text)
    return content


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_it_has_known_keys_only_and_one_source(file: Path) -> None:
    content = read(file)
    assert content.keys() <= KEYS.keys()
    for key, value in content.items():
        assert isinstance(value, KEYS[key]), key
    assert ("image" in content) != ("build" in content)
    if "build" in content:
        assert (file.parent / content["build"]["dockerfile"]).is_file()
    assert all(0 < port < 65536 for port in content.get("forwardPorts", ()))


@pytest.mark.skipif(not CI.exists(), reason="the script of our CI is not in the sources that ship")
def test_ours_has_all_that_our_ci_installs() -> None:
    lists = re.findall(r"^  \[\w+\]='([^']+)'$", CI.read_text(), re.MULTILINE)
    wanted = {package for one in lists for package in one.split()}
    installed = (REPOSITORY / ".devcontainer/Dockerfile").read_text().split()
    assert len(wanted) > 12
    assert wanted - {"gcc", "libc6-dev"} <= set(installed)  # its base has those


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_the_tool_of_its_specification_reads_the_same(
    file: Path, amqplib: Path, tmp_path: Path
) -> None:
    """The command `devcontainer`, which asks a docker for containers that are there: for none."""
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 0\n")
    docker.chmod(0o755)
    tool = amqplib / "@devcontainers/cli/devcontainer.js"
    words = [
        "--workspace-folder",
        str(REPOSITORY),
        "--config",
        str(file),
        "--docker-path",
        str(docker),
    ]
    done = subprocess.run(
        ["node", tool, "read-configuration", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["configuration"]
    assert Path(told.pop("configFilePath")["fsPath"]) == file
    assert told == read(file)
