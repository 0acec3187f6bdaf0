"""Files from outside that are made to hold up, fill or break: one line, exit code 2."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubemu.cli.entry import run
from hubemu.data_folders import data_folder

VHOST = "15-15_v2.0"


def told(capfd: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line of a command that ends with 2."""
    assert run([str(argument) for argument in arguments]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1, err
    assert err.startswith("error: ")
    assert "fault of hubemu" not in err
    assert len(err) < 3_000
    return err


@pytest.fixture
def routing(tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_folder("routing"), tmp_path / "routing"))


@pytest.fixture
def message(tmp_path: Path) -> Path:
    path = tmp_path / "message.json"
    path.write_text("{}")
    return path


LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
)
FILES = {
    "aliases that multiply": (LAUGHS, "aliases"),
    "merged aliases that multiply": (
        LAUGHS.replace("[*", "[{<<: *")
        .replace(", *", "}, {<<: *")
        .replace("]", "}]")
        .replace("[x}]", "{x: 1}"),
        "aliases",
    ),
    "an alias within itself": ("vhosts: &v [*v]\n", "an alias stands within"),
    "a mapping within itself": ("vhosts: &v\n  a: *v\n", "an alias stands within"),
    "a list as key": ("[a, b]: 1\n", "a key is a list"),
    "a mapping as key": ("? {a: b}\n: 1\n", "a key is a list or a mapping"),
    "a key that is no date": ("2026-13-45: 1\n", "not valid YAML"),
    "a number of many digits": (f"a: 0x{'f' * 9_000}\n", "longer than"),
    "sixty after sixty": (f"a: 1{':59' * 1_000}\n", ""),
    "deep nesting": ("[" * 400 + "]" * 400, ""),
    "deeper nesting": ("[" * 5_000, "nesting"),
    "deep nesting by indents": ("".join(" " * n + "a:\n" for n in range(900)), ""),
    "many values": ("clients: [" + "1," * 200_000 + "]", "more than"),
    "a control character": ("a: \x00", "not valid YAML"),
    "a text of a megabyte": ("x" * 1_000_001, "more than"),
    "a tag of Python's": ("a: !!python/object/apply:os.system [x]", "not valid YAML"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("table", ["vhosts.yaml", "clients.yaml"])
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_routing_table(
    routing: Path, message: Path, capfd: pytest.CaptureFixture[str], table: str, name: str
) -> None:
    text, expected = FILES[name]
    (routing / table).write_text(text)
    line = told(capfd, "check", message, "--vhost", VHOST, "--routing", routing)
    assert expected in line
    assert table in line


def test_hostile_preferences(
    routing: Path, message: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (routing / "client.preferences.csv").write_text("h\n" + "x" * 200_000)
    line = told(capfd, "check", message, "--vhost", VHOST, "--routing", routing)
    assert "not a CSV file" in line


@pytest.mark.parametrize("table", ["vhosts.yaml", "clients.yaml", "client.preferences.csv"])
def test_a_pipe_or_a_folder_as_routing_table(
    routing: Path, message: Path, capfd: pytest.CaptureFixture[str], table: str
) -> None:
    (routing / table).unlink(missing_ok=True)
    os.mkfifo(routing / table)
    line = told(capfd, "check", message, "--vhost", VHOST, "--routing", routing)
    assert "not a file" in line
    (routing / table).unlink()
    (routing / table).mkdir()
    told(capfd, "check", message, "--vhost", VHOST, "--routing", routing)


@pytest.mark.parametrize("command", ["check", "convert", "send"])
def test_a_device_or_a_pipe_that_nobody_fills_as_message(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    options: dict[str, tuple[object, ...]] = {
        "check": ("--vhost", VHOST),
        "convert": ("--to", "xml", "--vhost", VHOST),
        "send": ("--as", "fr.health.samuA", "--vhost", VHOST, "--home", tmp_path / "home"),
    }
    assert "not a file" in told(capfd, command, "/dev/zero", *options[command])
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    assert "nothing was written" in told(capfd, command, pipe, *options[command])
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(10**9)
    assert "more than" in told(capfd, command, large, *options[command])


def library(folder: Path) -> Path:
    """The built-in release 2.0.0 laid out as the official library is."""
    from hubemu.messages.releases.catalogue import load_release

    release = load_release("2.0.0")
    for name, schema in release.schemas.files.items():
        path = folder / "json-schema" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema))
    for name, content in release._xml._schemas._files.items():
        path = folder / "xsd" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def with_items(least: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "json-schema" / "TECHNICAL.schema.json"
        schema = json.loads(path.read_text())
        for field in schema["properties"].values():
            if field.get("type") == "array":
                field["minItems"] = least
        path.write_text(json.dumps(schema))

    return change


def put(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: void((folder / name).write_bytes(content))


def void(_: object) -> None:
    pass


def as_pipe(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return change


LIBRARIES: dict[str, Callable[[Path], None]] = {
    "a broken XSD": put("xsd/TECHNICAL.xsd", b"<xs:schema"),
    "a broken whole XSD": put("xsd/EDXL-DE-full.xsd", b"<a>"),
    "an XSD that is none": put("xsd/EDXL-DE-full.xsd", b"\xff\xfe\x00"),
    "an empty XSD": put("xsd/EDXL-DE-full.xsd", b""),
    "an XSD that is a pipe": as_pipe("xsd/TECHNICAL.xsd"),
    "a schema that is a pipe": as_pipe("json-schema/TECHNICAL.schema.json"),
    "a schema nested deep": put(
        "json-schema/TECHNICAL.schema.json", b'{"items":' * 900 + b"{}" + b"}" * 900
    ),
    "a list of a thousand million": with_items(10**9),
    "a list of so many": with_items("many"),
    "a list of fewer than none": with_items(-1),
    "too many lists": with_items(10_000),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_hostile_model_library(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv("HUBEMU_DATA", str(tmp_path / "data"))
    folder = library(tmp_path / "library")
    LIBRARIES[name](folder)
    told(capfd, "models", "import", folder, "--name", "odd")
