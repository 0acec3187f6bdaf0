"""`hubemu check`: the Hub's verdict on files, without a Hub."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from hubemu.cli.entry import run
from tests.support.messages import as_bytes, envelope, reference, unaddressed, xml_envelope

A, C = "fr.health.samuA", "fr.health.samuC"
VHOST = "15-15_v2.0"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def write(folder: Path, name: str, body: bytes) -> str:
    file = folder / name
    file.write_bytes(body)
    return str(file)


def verdicts(capture: Capture, *arguments: str, code: int) -> Any:
    assert run(["check", "--vhost", VHOST, "--json", *arguments]) == code
    return json.loads(capture.readouterr().out)


def test_a_good_message_is_accepted(tmp_path: Path, capsys: Capture) -> None:
    file = write(tmp_path, "m.json", as_bytes(reference(A, C, "r1")))
    assert verdicts(capsys, file, code=0) == [
        {
            "file": file,
            "vhost": VHOST,
            "type": "RC-REF",
            "accepted": True,
            "errorCode": None,
            "errorCause": None,
        }
    ]


def test_the_list_keeps_the_order_and_one_rejection_is_exit_1(
    tmp_path: Path, capsys: Capture
) -> None:
    bad = write(tmp_path, "a.json", as_bytes(reference(A, C, "r1") | {"more": 1}))
    good = write(tmp_path, "b.json", as_bytes(envelope(A, C)))
    first, second = verdicts(capsys, bad, good, code=1)
    assert (first["file"], first["accepted"]) == (bad, False)
    assert first["errorCode"] == {"statusCode": 300, "statusString": "INVALID_MESSAGE"}
    assert "more" in first["errorCause"]
    assert (second["file"], second["accepted"]) == (good, True)


def test_the_verdict_for_people(tmp_path: Path, capsys: Capture) -> None:
    good = write(tmp_path, "b.json", as_bytes(envelope(A, C)))
    lost = write(tmp_path, "a.json", as_bytes(envelope(A, "fr.health.nobody")))
    assert run(["check", "--vhost", VHOST, good, lost]) == 1
    shown = capsys.readouterr()
    assert f"accepted {good} (customContent, to {C}.message)" in shown.out
    assert f"rejected {lost}: 501 UNROUTABLE_MESSAGE" in shown.out
    assert shown.err == ""


def test_the_publisher_can_be_another_than_the_sender(tmp_path: Path, capsys: Capture) -> None:
    file = write(tmp_path, "m.json", as_bytes(envelope(A, C)))
    [verdict] = verdicts(capsys, file, "--as", C, code=1)
    assert verdict["errorCode"]["statusCode"] == 200


def test_the_format_is_the_files(tmp_path: Path, capsys: Capture) -> None:
    content = "<customContent><a>b</a></customContent>"
    file = write(tmp_path, "m.xml", xml_envelope(envelope(A, "fr.health.samuB"), content))
    assert verdicts(capsys, file, code=0)[0]["type"] == "customContent"


def test_test_contents_belong_to_the_sandbox(tmp_path: Path, capsys: Capture) -> None:
    file = write(tmp_path, "m.json", as_bytes(envelope(A, C)))
    [verdict] = verdicts(capsys, file, "--environment", "prod", code=1)
    assert "customContent" in verdict["errorCause"]


def test_a_bare_content_is_wrapped(tmp_path: Path, capsys: Capture) -> None:
    content = {"reference": {"distributionID": "r1"}}
    file = write(tmp_path, "ref.json", json.dumps(content).encode())
    assert verdicts(capsys, file, "--wrap", code=0)[0]["type"] == "RC-REF"
    assert verdicts(capsys, file, code=1)[0]["errorCode"]["statusCode"] == 300
    assert verdicts(capsys, file, "--wrap", "--as", C, code=0)[0]["accepted"]


def test_another_release_can_be_asked_for(tmp_path: Path, capsys: Capture) -> None:
    technical = {"technicalNoreq": {"optionalStringField": "x"}}
    file = write(tmp_path, "t.json", json.dumps(technical).encode())
    assert verdicts(capsys, file, "--wrap", code=0)[0]["accepted"]
    assert not verdicts(capsys, file, "--wrap", "--model", "1.0", code=1)[0]["accepted"]


def test_the_demonstrations_case_is_accepted(capsys: Capture) -> None:
    file = Path(__file__).parents[2] / "hubemu/demo/messages/rs-eda.json"
    assert verdicts(capsys, str(file), "--wrap", code=0)[0]["type"] == "RS-EDA"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--vhost", "nowhere", "m.json"],
        ["--vhost", VHOST, "absent.json"],
        ["--vhost", VHOST, "--model", "9.9", "m.json"],
        ["--vhost", VHOST, "--routing", "absent", "m.json"],
        ["--vhost", VHOST, "--wrap", "two.json"],
    ],
    ids=["vhost", "file", "model", "routing", "wrap"],
)
def test_unusable_input_is_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, arguments: list[str]
) -> None:
    write(tmp_path, "m.json", as_bytes(envelope(A, C)))
    write(tmp_path, "two.json", b'{"a": {}, "b": {}}')
    monkeypatch.chdir(tmp_path)
    assert run(["check", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1


def test_a_folder_stands_for_the_messages_in_it(tmp_path: Path, capsys: Capture) -> None:
    good = as_bytes(envelope(A, C))
    (tmp_path / "deeper").mkdir()
    first = write(tmp_path, "b.json", good)
    second = write(tmp_path / "deeper", "a.json", good)
    write(tmp_path, "b.json.errors", b"not a message")
    told = verdicts(capsys, str(tmp_path), code=0)
    assert [row["file"] for row in told] == [first, second]


def test_a_folder_without_messages_is_unusable_input(tmp_path: Path, capsys: Capture) -> None:
    assert run(["check", "--vhost", VHOST, str(tmp_path)]) == 2
    assert "holds no .json or .xml file" in capsys.readouterr().err


def test_a_content_without_envelope_gets_a_hint(tmp_path: Path, capsys: Capture) -> None:
    file = write(tmp_path, "c.json", b'{"reference": {"distributionID": "b_1"}}')
    assert run(["check", "--vhost", VHOST, file]) == 1
    assert "hint: this is a bare RC-REF content" in capsys.readouterr().out
    assert run(["check", "--vhost", VHOST, file, "--wrap"]) == 0


def test_a_sender_that_no_client_may_use_is_refused_by_the_broker(
    tmp_path: Path, capsys: Capture
) -> None:
    file = write(tmp_path, "m.json", as_bytes(envelope("fr.health.samua", C)))
    [verdict] = verdicts(capsys, file, code=1)
    assert verdict["accepted"] is False
    assert verdict["errorCode"] == {"statusCode": 403, "statusString": "ACCESS_REFUSED"}
    assert "did you mean fr.health.samuA?" in verdict["errorCause"]
    assert run(["check", "--vhost", VHOST, file]) == 1
    assert f"refused by the broker {file}: 403" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        (b"", "is empty"),
        (b'{"a": ', "the JSON is cut off at line 1, column"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark: save it as UTF-8 without BOM"),
        (b"\xff\xfe{\x00}\x00", "is UTF-16: save it as UTF-8"),
    ],
)
def test_what_is_wrong_with_the_file_stands_beside_the_verdict(
    tmp_path: Path, capsys: Capture, body: bytes, remark: str
) -> None:
    file = write(tmp_path, "m.json", body)
    [verdict] = verdicts(capsys, file, code=1)
    assert verdict["errorCode"]["statusCode"] in (102, 300, 301)
    assert any(remark in one for one in verdict["remarks"])
    assert run(["check", "--vhost", VHOST, file]) == 1
    assert f"hint: {remark}" in capsys.readouterr().out


def test_standard_input_is_judged(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    body = as_bytes(envelope(A, C))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(body)))
    [verdict] = verdicts(capsys, "-", code=0)
    assert (verdict["file"], verdict["accepted"]) == ("-", True)


@pytest.mark.parametrize("body", [b"", b'{"a": ', b"\x00\x01", b"<a><b></a>"])
def test_what_is_no_message_cannot_be_converted(
    tmp_path: Path, capsys: Capture, body: bytes
) -> None:
    file = write(tmp_path, "m.json" if not body.startswith(b"<") else "m.xml", body)
    assert run(["convert", file, "--to", "xml", "--vhost", VHOST]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error: {file}: ")
    assert told.err.count("\n") == 1


def test_an_example_that_the_vhost_would_refuse_is_noted(capsys: Capture) -> None:
    assert run(["models", "example", "GEO-POS", "--vhost", VHOST]) == 0
    told = capsys.readouterr()
    assert f"note: {VHOST} refuses the type GEO-POS (300): allowed are " in told.err
    json.loads(told.out)


def test_xml_that_addresses_nobody_is_not_accepted_and_why(tmp_path: Path, capsys: Capture) -> None:
    body = unaddressed(xml_envelope(envelope(A, C), "<customContent><a>5</a></customContent>"))
    file = write(tmp_path, "m.xml", body)
    (verdict,) = verdicts(capsys, file, code=1)
    assert verdict["accepted"] is False
    assert verdict["type"] == "customContent"
    assert verdict["errorCode"] is None
    assert verdict["errorCause"].startswith("nobody is addressed")
    assert run(["check", "--vhost", VHOST, file]) == 1
    assert capsys.readouterr().out.startswith(f"dropped {file}\nnobody is addressed")
