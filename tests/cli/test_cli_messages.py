"""Commands that use a running Hub: env, certs, send, listen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubemu.cli.entry import run
from tests.support.commands import HUBEMU
from tests.support.live import PATIENCE, LiveHub, live_hub
from tests.support.messages import as_bytes, envelope, reference, xml_envelope

A, B, C = "fr.health.samuA", "fr.health.samuB", "fr.health.samuC"
VHOST = "15-15_v2.0"
Capture = pytest.CaptureFixture[str]
Command = Callable[..., int]


@pytest.fixture(scope="module")
def the_hub(home: Path) -> Iterator[LiveHub]:
    with live_hub(home) as running:
        yield running


@pytest.fixture
def hub(the_hub: LiveHub, monkeypatch: pytest.MonkeyPatch) -> LiveHub:
    """The Hub, as at its start, and named by HUBEMU_HOME."""
    the_hub.http("POST", "/api/v1/reset")
    monkeypatch.setenv("HUBEMU_HOME", str(the_hub.certs.parent))
    monkeypatch.setenv("NO_COLOR", "1")
    return the_hub


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "message.json"
    path.write_bytes(as_bytes(envelope(A, C)))
    return path


def send(file: Path, *more: str, as_id: str = A) -> int:
    return run(["send", "--as", as_id, "--vhost", VHOST, str(file), *more])


def listen(as_id: str, *more: str) -> int:
    return run(["listen", "--as", as_id, "--vhost", VHOST, "--timeout", "10", *more])


def test_env_names_files_that_exist(hub: LiveHub, capsys: Capture) -> None:
    assert run(["env", "--client", B, "--vhost", VHOST, "--format", "json"]) == 0
    variables = json.loads(capsys.readouterr().out)
    paths = [
        variables[name]
        for name in (
            "CERTIFICATE_PATH",
            "TRUST_STORE_PATH",
            "HUBEMU_CERT",
            "HUBEMU_KEY",
            "HUBEMU_CA",
        )
    ]
    assert all(Path(path).is_file() for path in paths)
    assert f"/{B}/" in variables["HUBEMU_CERT"]
    assert variables["HUB_PORT"] == str(hub.port)
    assert variables["HUBEMU_HOME"] == str(hub.certs.parent)
    assert json.loads(variables["VHOSTS"])["15-15_v1.5"] == "1.0"


def test_env_as_json_is_the_same_whichever_way_it_is_asked_for(
    hub: LiveHub, capsys: Capture
) -> None:
    told = []
    for asked in (["--json"], ["--format", "json"], ["--json", "--format", "shell"]):
        assert run(["env", *asked]) == 0
        shown = capsys.readouterr()
        assert shown.err == ""
        told.append(json.loads(shown.out))
    assert told[0] == told[1] == told[2]
    assert run(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert dict(line.split("=", 1) for line in lines) == told[0]


@pytest.mark.parametrize("arguments", [["--client", "nobody"], ["--vhost", "nowhere"]])
def test_env_for_what_is_not_there_is_exit_2(hub: LiveHub, arguments: list[str]) -> None:
    assert run(["env", *arguments]) == 2


def test_certs_list_has_both_identities_of_every_client(hub: LiveHub, capsys: Capture) -> None:
    assert run(["certs", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["identity"] for row in rows if row["client"] == A} == {"legacy", "igc"}
    first = rows[0]
    assert list(first) == ["client", "identity", "subject", "issuer", "notAfter", "file"]
    assert all(Path(row["file"]).is_file() for row in rows)
    assert run(["certs", "list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(rows)


def test_a_file_is_sent_and_heard(hub: LiveHub, file: Path, capsys: Capture) -> None:
    assert send(file, "--json") == 0
    sent = json.loads(capsys.readouterr().out)
    assert sent["confirmed"] is True
    assert listen(C, "--count", "1", "--ack", "--json") == 0
    [line] = capsys.readouterr().out.splitlines()
    heard = json.loads(line)
    assert heard["distributionID"] == sent["distributionID"]
    assert (heard["sender"], heard["recipient"], heard["queue"]) == (A, C, f"{C}.message")
    assert heard["content"] == "customContent"
    assert heard["properties"]["content_type"] == "application/json"
    assert json.loads(heard["body"])["senderID"] == A


def test_ack_takes_messages_off_the_queue(hub: LiveHub, file: Path, capsys: Capture) -> None:
    assert send(file) == 0
    assert listen(C, "--count", "1", "--json") == 0
    assert listen(C, "--count", "1", "--json", "--ack") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row["redelivered"] for row in rows] == [False, True]
    assert listen(C, "--count", "1", "--timeout", "0.2") == 1
    assert "0 of 1 messages came within 0.2 s" in capsys.readouterr().err


def test_listening_without_a_count_ends_well(hub: LiveHub) -> None:
    assert listen(C, "--timeout", "0.1") == 0


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_to_and_fresh_make_an_old_file_deliverable(
    hub: LiveHub, tmp_path: Path, capsys: Capture, suffix: str
) -> None:
    old = envelope(B, "nobody", expires_in=-1)
    body = xml_envelope(old, "<customContent><a>b</a></customContent>")
    file = tmp_path / f"old.{suffix}"
    file.write_bytes(body if suffix == "xml" else as_bytes(old))
    assert send(file, "--to", C, "--fresh", "--json") == 0
    sent = json.loads(capsys.readouterr().out)
    assert sent["distributionID"].startswith(f"{A}_")
    assert listen(C, "--count", "1", "--ack", "--json") == 0
    assert json.loads(capsys.readouterr().out)["distributionID"] == sent["distributionID"]


def test_an_error_report_is_read_on_info(hub: LiveHub, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "message"
    file.write_bytes(as_bytes(envelope(B, C)))
    assert send(file) == 1
    assert listen(A, "--queue", "info", "--count", "1", "--ack", "--json") == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["errorCode"] == {"statusCode": 200, "statusString": "SENDER_INCONSISTENCY"}
    assert report["content"] == "error"
    assert B in report["errorCause"]


def test_sending_waits_for_the_verdict(hub: LiveHub, file: Path, capsys: Capture) -> None:
    assert send(file) == 0
    assert capsys.readouterr().out.startswith(f"routed to {C}.message: ")
    assert send(file, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["queue"], told["errorCode"]) == ("routed", f"{C}.message", None)


def test_a_rejected_file_is_exit_1_with_code_and_cause(
    hub: LiveHub, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "message.json"
    message = envelope(A, C)
    del message["descriptor"]
    file.write_bytes(as_bytes(message))
    assert send(file, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["errorCode"] == {"statusCode": 300, "statusString": "INVALID_MESSAGE"}
    assert told["problems"] == [
        {"path": "$.descriptor", "rule": "required", "expected": "present", "got": None}
    ]
    assert told["spec"] == "DST 3.4"
    assert send(file) == 1
    assert "descriptor: is missing but it is required" in capsys.readouterr().out
    assert send(file, "--no-wait") == 0
    assert capsys.readouterr().out.startswith("confirmed: ")


def test_a_recipient_nobody_has_is_said_before_sending(
    hub: LiveHub, file: Path, capsys: Capture
) -> None:
    assert send(file, "--to", "fr.health.samuc") == 1
    told = capsys.readouterr()
    assert "warning: no client of this Hub is fr.health.samuc" in told.err
    assert "did you mean fr.health.samuC?" in told.err
    assert told.out.startswith("rejected 501 UNROUTABLE_MESSAGE")


def test_fresh_dates_are_by_the_hubs_clock(hub: LiveHub, file: Path) -> None:
    hub.http("POST", "/api/v1/clock", {"advance": 10 * 86_400})
    assert send(file) == 1
    assert send(file, "--fresh") == 0


def test_what_is_no_message_is_sent_as_it_is_if_asked(
    hub: LiveHub, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "noise.json"
    file.write_bytes(b"\x00noise")
    assert send(file) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert send(file, "--as-is") == 1
    assert capsys.readouterr().out.startswith("rejected 301")


def test_messages_are_read_from_standard_input(hub: LiveHub) -> None:
    home = str(hub.certs.parent)
    command = [*HUBEMU, "send", "-", "--as", A, "--vhost", VHOST, "--home", home, "--json"]
    ended = subprocess.run(
        command, input=as_bytes(envelope(A, C)), capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["outcome"] == "routed"


def test_logs_show_what_happened(hub: LiveHub, file: Path, capsys: Capture) -> None:
    assert send(file) == 0
    assert send(file, "--to", "nobody") == 1
    capsys.readouterr()
    assert run(["logs", "--client", A, "--last", "20"]) == 0
    assert f"samuA -> samuC customContent on {VHOST}" in capsys.readouterr().out
    assert run(["logs", "--level", "refused", "--last", "1", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["errorCode"]["statusCode"] == 501
    assert run(["logs", "--client", "samuX", "--last", "20"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, "note: samuX: no client of this Hub" in shown.err) == ("", True)
    assert run(["logs", "--vhost", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_logs_follow_until_they_are_stopped(hub: LiveHub, file: Path) -> None:
    command = [*HUBEMU, "logs", "--follow", "--json", "--home", str(hub.certs.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert send(file) == 0
        for line in following.stdout:
            if json.loads(line)["kind"] == "routed":
                break
        following.send_signal(signal.SIGTERM)
        assert following.wait(timeout=60) != 0


def test_an_acknowledgement_is_shown_for_people(
    hub: LiveHub, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "ack.json"
    file.write_bytes(as_bytes(reference(A, C, "the-message")))
    assert send(file) == 0
    assert listen(C, "--queue", "ack", "--count", "1", "--ack") == 0
    shown = capsys.readouterr().out
    assert f"reference from {A}" in shown
    assert "the-message" in shown


def test_a_key_the_certificate_may_not_use_is_exit_1(
    hub: LiveHub, file: Path, capsys: Capture
) -> None:
    assert send(file, as_id="local.test") == 1
    assert "ACCESS_REFUSED" in capsys.readouterr().err


def test_a_queue_that_is_not_there_is_exit_1(hub: LiveHub, capsys: Capture) -> None:
    assert listen("local.test", "--count", "1") == 1
    refused = capsys.readouterr().err
    assert "ACCESS_REFUSED" in refused or "NOT_FOUND" in refused


def test_an_unknown_client_is_exit_2(hub: LiveHub, file: Path, capsys: Capture) -> None:
    assert send(file, as_id="fr.health.samuZ") == 2
    assert "did you mean" in capsys.readouterr().err


@pytest.mark.parametrize("phase", ["legacy", "dual", "igc"])
def test_the_phase_decides_the_certificate(hub: LiveHub, file: Path, phase: str) -> None:
    hub.http("PUT", "/api/v1/phase", {"phase": phase})
    assert send(file) == 0


def test_ctrl_c_ends_listening_with_130(hub: LiveHub) -> None:
    command = [*HUBEMU, "listen", "--as", C, "--vhost", VHOST]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + PATIENCE
        while not hub.http("GET", "/api/v1/connections")["connections"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_no_terminal_no_progress(hub: LiveHub, capsys: Capture) -> None:
    assert listen(C, "--timeout", "0.1") == 0
    assert capsys.readouterr().err == ""
    assert os.environ["NO_COLOR"]
