"""`hubemu models` and `hubemu convert`, in the process itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hubemu.cli.entry import run
from hubemu.messages import Format, example_message, load_release
from hubemu.messages.releases.catalogue import release_files

VHOST = ("--vhost", "15-15_v2.0")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBEMU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return written_release("3.0.0", tmp_path / "3.9.9")


def written_release(name: str, folder: Path) -> Path:
    """A built-in release as a folder of the model library."""
    files = release_files(name)
    (folder / "json-schema").mkdir(parents=True)
    (folder / "xsd").mkdir()
    for name, schema in files.json_schemas.items():
        (folder / "json-schema" / name).write_text(json.dumps(schema))
    for name, content in files.xsds.items():
        (folder / "xsd" / name).write_bytes(content)
    return folder


def test_list_shows_built_in_and_imported_releases(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "import", str(library), "--json"]) == 0
    imported = json.loads(capsys.readouterr().out)
    assert (imported["release"], imported["origin"]) == ("3.9.9", "imported")
    assert run(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["release"], row["origin"]) for row in rows] == [
        ("1.0", "built-in"),
        ("2.0.0", "built-in"),
        ("3.0.0", "built-in"),
        ("3.4.1", "built-in"),
        ("3.9.9", "imported"),
    ]
    assert rows[4]["types"] == rows[2]["types"] == imported["types"]


def test_import_of_no_library_is_exit_2_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "import", str(tmp_path)]) == 2
    assert "holds no json-schema/ and xsd/" in capsys.readouterr().err


def test_fetch_that_cannot_download_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "fetch", "9.9", "--from", "http://127.0.0.1:9/{version}"]) == 3
    assert "hubemu models import DIR --name 9.9" in capsys.readouterr().err


def test_diff_tells_type_by_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "diff", "2.0.0", "3.0.0"]) == 0
    told = capsys.readouterr().out
    assert "RC-REF: changed\n" in told
    assert "  step: added string, one of 5 codes\n" in told
    assert "RS-INFO: removed\n" in told
    assert "  state.status: codes 'FINMED' -> 'ORIENTAT', 'FINPEC'\n" in told
    assert run(["models", "diff", "2.0.0", "3.0.0", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert (rows["from"], rows["to"]) == ("2.0.0", "3.0.0")
    change = {"path": "position.coord", "what": "type", "before": "object[1..]", "after": "object"}
    assert change in next(row for row in rows["types"] if row["type"] == "GEO-POS")["changes"]


def test_list_names_the_newest_of_each_line(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "import", str(library), "--name", "2.4.0"]) == 0
    capsys.readouterr()
    assert run(["models", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "newest of model line 1: 1.3.0 (not here: hubemu models fetch 1.3.0)",
        "newest of model line 2: 2.4.0 (imported)",
        "newest of model line 3: 3.4.1 (built-in)",
    ]
    assert run(["models", "list", "--json"]) == 0
    rows = {row["release"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: (row["line"], row["newest"]) for name, row in rows.items()} == {
        "1.0": (1, "1.3.0"),
        "2.0.0": (2, "2.4.0"),
        "3.0.0": (3, "3.4.1"),
        "3.4.1": (3, "3.4.1"),
        "2.4.0": (3, "3.4.1"),  # what it holds decides, not its name
    }


EDITS = {
    "turned back": ('"VECTEUR_SANTE"', '"SMUR"', "codes 'VECTEUR_SANTE' -> 'SMUR'"),
    "one more": ('"VECTEUR_SANTE"', '"SMUR", "VECTEUR_SANTE"', "codes (none) -> 'SMUR'"),
    "one less": ('"VECTEUR_SANTE", ', "", "codes 'VECTEUR_SANTE' -> (none)"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_diff_tells_the_code_that_the_next_candidate_turns_back(
    edit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """RC-RI vehicleType: SMUR, in 3.4.1 VECTEUR_SANTE, then SMUR again (facts: hub 13)."""
    before, after, told = EDITS[edit]
    folder = written_release("3.4.1", tmp_path / "3.4.1-rc.3")
    schema = folder / "json-schema/RC-RI.schema.json"
    text = schema.read_text("utf-8")
    assert before in text
    schema.write_text(text.replace(before, after), "utf-8")
    assert run(["models", "import", str(folder)]) == 0
    capsys.readouterr()
    assert run(["models", "diff", "3.4.1", "3.4.1-rc.3"]) == 0
    assert capsys.readouterr().out == f"RC-RI: changed\n  resource.vehicleType: {told}\n"


def test_a_release_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "diff", "2.0.0", "2.0.0"]) == 0
    assert capsys.readouterr().out == "2.0.0 and 2.0.0 do not differ\n"


@pytest.mark.parametrize("extent", ["--full", "--minimal", None])
@pytest.mark.parametrize("written", ["json", "xml"])
def test_example_is_a_valid_message_of_the_vhost_s_release(
    extent: str | None, written: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    options = [extent] if extent else []
    command = ["models", "example", "RS-RI", *VHOST, "--format", written, "--seed", "3"]
    assert run([*command, *options]) == 0
    body = capsysbinary.readouterr().out
    format_: Format = "json" if written == "json" else "xml"
    assert load_release("2.0.0").parse(body, format_).type.name == "RS-RI"


@pytest.mark.parametrize(
    "wrong",
    [
        ["models", "example", "RS-XYZ", *VHOST],
        ["models", "example", "RS-RI", "--vhost", "nowhere"],
        ["models", "example", "RS-RI", *VHOST, "--format", "yaml"],
        ["models", "example", "RS-RI", *VHOST, "--model", "9.9"],
        ["models", "diff", "2.0.0", "9.9"],
        ["convert", "absent.json", "--to", "xml", *VHOST],
    ],
    ids=" ".join,
)
def test_wrong_usage_of_models_is_exit_2(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(wrong) == 2
    assert len(capsys.readouterr().err.strip().split("\n")) == 1


def test_convert_prints_what_the_hub_would_deliver(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    release = load_release("2.0.0")
    file = tmp_path / "message.json"
    file.write_bytes(body := example_message("RS-EDA", release))
    assert run(["convert", str(file), "--to", "xml", *VHOST]) == 0
    xml = capsysbinary.readouterr().out
    assert xml == release.write(release.parse(body, "json"), "xml") + b"\n"
    (tmp_path / "back.xml").write_bytes(xml)
    assert run(["convert", str(tmp_path / "back.xml"), "--to", "json", *VHOST]) == 0
    assert capsysbinary.readouterr().out == body + b"\n"


def test_convert_of_a_message_that_is_not_valid_is_exit_1_with_the_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "message.json"
    file.write_bytes(example_message("RS-EDA", "2.0.0"))
    assert run(["convert", str(file), "--to", "xml", *VHOST, "--model", "3.0.0"]) == 1
    assert "does not have a value in the enumeration" in capsys.readouterr().err


VERSIONED = ["--from-version", "v2", "--to-version", "v3"]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case of model line v2."""
    file = tmp_path / "case.json"
    file.write_bytes(example_message("RS-EDA", "2.0.0"))
    return file


def test_convert_to_another_version(
    case: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["convert", str(case), *VERSIONED]) == 0
    made = capsysbinary.readouterr().out
    load_release("3.0.0").validate(made, "json")
    assert run(["convert", str(case), *VERSIONED, "--to", "xml", "--model", "3.0.0"]) == 0
    xml = capsysbinary.readouterr().out
    load_release("3.0.0").validate(xml, "xml")
    (tmp_path / "case.xml").write_bytes(xml)
    back = ["convert", str(tmp_path / "case.xml"), "--from-version", "v3", "--to-version", "v2"]
    assert run([*back, "--vhost", "15-15_v2.0"]) == 0
    load_release("2.0.0").validate(capsysbinary.readouterr().out, "xml")


def test_convert_to_cisu(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(example_message("RS-EDA", "3.0.0", recipient="fr.fire.nexsis.sdisZ"))
    assert run(["convert", str(file), "--cisu"]) == 0
    made = capsysbinary.readouterr().out
    assert load_release("3.0.0").parse(made, "json").type.name == "RC-EDA"


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--from-version", "v2"], 2, "--from-version: goes with --to-version: name both"),
        (["--to-version", "v2"], 2, "--to-version: goes with --from-version: name both"),
        (["--from-version", "v4", "--to-version", "v2"], 2, "'v4'"),
        ([*VERSIONED, "--model", "1.0"], 2, "its release 1.0 is of v1, neither of v2 nor of v3"),
        (["--cisu"], 1, "Both sender and recipient are health: "),
        (["--cisu", "--to-version", "v2"], 1, "Both sender and recipient are health: "),
    ],
)
def test_what_cannot_be_converted_is_told_in_one_line(
    case: Path, options: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", str(case), *options]) == code
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.out == ""
    assert captured.err.count("\n") == 1
