"""`hubemu env` as others read it: docker's `--env-file`, and the dotenv libraries' grammars.

The readers below are those of docker (Go), python-dotenv 1.2 and Node's dotenv 17, restated.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hubemu.cli.env import EnvFormat, _assignment
from tests.support.commands import hubemu, hubemu_here
from tests.support.live import live_hub

AS_THEY_STAND = [
    "plain-1.0/x:y",
    "",
    "/a b/c",
    "/a  b",
    "$x",
    "C:\\Users\\me",
    "\\\\server\\share",
    "a\\",
    "a\\nb",
    "o'neil",
    'a"b',
    "a=b",
    '{"a": [["b"]]}',
    "dossier d'été",
]
QUOTED = ["a#b", "a #b", "#a", "a\\#b", "o'neil #1", '"q"', "'q'", "`q`", 'a"b#c', " a", "a "]
QUOTED += ["a$b#c", "x'$y#", "a`b#'c"]
IN_PYTHON_ALONE = ["a\\\\#b", "o'n\"e#", "a\\n'#"]
"""Quoted in double quotes with escapes, which Node's library leaves in."""


def docker(line: str) -> str:
    """What follows the first `=`, as it stands; lines that begin with # are comments."""
    assert not line.lstrip().startswith("#")
    return line.partition("=")[2]


def python_dotenv(line: str) -> str:
    value = line.partition("=")[2].lstrip(" \t")
    if quoted := re.match(r"'((?:\\'|[^'])*)'", value):
        return re.sub(r"\\([\\'])", r"\1", quoted[1])
    if quoted := re.match(r'"((?:\\"|[^"])*)"', value):
        return re.sub(
            r"\\[\\'\"abfnrtv]", lambda one: one[0].encode().decode("unicode-escape"), quoted[1]
        )
    return re.sub(r"\s+#.*", "", value).rstrip()


def node_dotenv(line: str) -> str:
    found = re.match(
        r"\s*(?:export\s+)?[\w.-]+\s*=(\s*'(?:\\'|[^'])*'|\s*\"(?:\\\"|[^\"])*\""
        r"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?",
        line,
    )
    assert found is not None
    value = (found[1] or "").strip()
    bare = re.sub(r"""^(['"`])(.*)\1$""", r"\2", value, flags=re.DOTALL)
    return bare.replace("\\n", "\n").replace("\\r", "\r") if value[:1] == '"' else bare


def written(value: str) -> str:
    return _assignment("A", value, EnvFormat.DOTENV)


@pytest.mark.parametrize("value", AS_THEY_STAND)
def test_docker_and_libraries_read_the_same(value: str) -> None:
    line = written(value)
    assert (docker(line), python_dotenv(line), node_dotenv(line)) == (value, value, value)


@pytest.mark.parametrize("value", QUOTED)
def test_libraries_read_what_must_be_quoted(value: str) -> None:
    line = written(value)
    assert (python_dotenv(line), node_dotenv(line)) == (value, value)
    assert docker(line)[1:-1] == value


@pytest.mark.parametrize("value", IN_PYTHON_ALONE)
def test_what_only_escapes_can_say_is_escaped(value: str) -> None:
    assert python_dotenv(written(value)) == value


def test_a_home_that_must_be_quoted_is_named_with_its_mend(tmp_path: Path) -> None:
    with live_hub(tmp_path / "issue #1") as hub:
        home = hub.certs.parent
        told = hubemu("env", home=home)
        known = hubemu_here("env", "--json", home=home)
    assert (told.code, known.err) == (0, "")
    read = {line.partition("=")[0]: python_dotenv(line) for line in told.out.splitlines()}
    assert read == json.loads(known.out)
    assert len(told.err.splitlines()) == 1
    for part in ("HUBEMU_HOME, ", "CERTIFICATE_PATH, ", "docker --env-file", "use a home whose"):
        assert part in told.err
    assert "HUB_PORT" not in told.err


def test_a_usual_home_is_told_without_a_note(tmp_path: Path) -> None:
    with live_hub(tmp_path / "a home") as hub:
        assert hubemu_here("env", home=hub.certs.parent).err == ""
