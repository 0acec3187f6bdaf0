"""What the terminal of `hubemu up` writes, and how its log is kept small."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from hubemu.cli.lines import LineWriter
from hubemu.cli.options import LogFormat
from hubemu.cli.terminal import Telling, telling
from hubemu.clock import Clock
from hubemu.events import EventLog
from hubemu.journal.journal import Journal
from tests.events.test_events import entry


def told(
    capsys: pytest.CaptureFixture[str], wanted: Telling, *, deliveries: bool = False
) -> list[str]:
    """The lines of one message that was routed and of a warning."""
    import asyncio

    async def scene() -> None:
        clock = Clock(lambda: 1_700_000_000.0)
        events = EventLog(clock, deliveries=deliveries)
        journal = Journal(clock, on_outcome=events.message)
        with telling(wanted) as terminal:
            terminal.follow(events, journal)
            one = entry(id="m1", body=b"hello", queue="q", trace=[("schema", 0.0, "fine")])
            journal.add(one)
            journal.tell(one)
            logging.getLogger("hubemu.test").warning("careful\nnow")

    asyncio.run(scene())
    return capsys.readouterr().err.splitlines()


def test_a_line_an_event_and_a_line_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, Telling())
    assert lines[0].endswith("m1 samuA -> samuC RS-EDA on 15-15_v2.0 to q")
    assert lines[1].endswith(r"hubemu.test: careful\x0anow")
    assert len(lines) == 2


def test_quiet_tells_warnings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = told(capsys, Telling(quiet=True))
    assert "careful" in line


def test_verbose_tells_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, Telling(verbose=True), deliveries=True)
    assert "check" in lines[0]
    assert lines[0].endswith("m1 schema: fine")
    assert "routed" in lines[1]


def test_json_is_an_object_an_event_with_the_real_hubs_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wanted = Telling(log=LogFormat.JSON)
    lines: list[dict[str, Any]] = [json.loads(line) for line in told(capsys, wanted)]
    assert lines[0]["kind"] == "routed"
    assert lines[0]["sender"] == "fr.health.samuA"
    assert lines[0]["sha256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    assert lines[1]["kind"] == "warning"
    assert lines[1]["text"] == "careful\nnow"


def test_a_log_becomes_the_one_before_when_it_is_full(tmp_path: Path) -> None:
    log = tmp_path / "hubemu.log"
    for number in range(3):
        with log.open("a") as stream:
            writer = LineWriter(log, stream, max_log=10)
            writer.put(f"line {number} is long")
            writer.close()
    assert log.read_text() == "line 2 is long\n"
    assert log.with_name("hubemu.log.1").read_text() == "line 1 is long\n"


def test_lines_that_come_too_fast_are_counted() -> None:
    class Slow(io.StringIO):
        """A terminal that takes nothing until it is asked for more."""

    stream = Slow()
    writer = LineWriter(stream=stream)
    with writer._changed:  # the writer waits here, as for a terminal that is stopped
        for number in range(10_003):
            if len(writer._pending) < 10_000:
                writer._pending.append(str(number))
            else:
                writer._left_out += 1
    writer.close()
    assert "(3 lines were left out: they came too fast)" in stream.getvalue()


def test_a_terminal_that_is_gone_does_not_end_the_writer() -> None:
    class Gone(io.StringIO):
        """A pipe whose reader left, once."""

        failed = False

        def write(self, text: str) -> int:
            if not self.failed:
                self.failed = True
                raise BrokenPipeError
            return super().write(text)

    stream = Gone()
    writer = LineWriter(stream=stream)
    writer.put("lost")
    while not stream.failed:
        pass
    writer.put("kept")
    writer.close()
    assert stream.getvalue() == "kept\n"
