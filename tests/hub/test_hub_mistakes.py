"""First mistakes of a client: each leaves a line in the terminal, an entry in the API, a mend."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika.exceptions
import pytest

from hubemu.events.lines import line
from tests.support.live import LiveHub
from tests.support.messages import as_bytes, envelope
from tests.support.mistaken_clients import A, B, C
from tests.support.mistakes import MISTAKES, Mistake

SCRIPT = Path(__file__).parents[1] / "support/node/mistakes.js"
PATIENCE = 40.0
"""Seconds; RabbitMQ sees some clients that leave at its handshake timeout of 10 s only."""
BODIES = {
    "not persistent": envelope(A, C),
    "sender that is not the key": envelope(B, C),
    "recipient nobody has": envelope(A, "fr.health.nobody"),
    "expired": envelope(A, C, dateTimeExpires="2020-01-01T00:00:00+00:00"),
}


def newest(hub: LiveHub) -> int:
    """The number of the last event."""
    number: int = hub.http("GET", "/api/v1/events?limit=1")["next"]
    return number


def awaited(hub: LiveHub, after: int, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first refused event after a number that fits."""
    deadline = time.monotonic() + PATIENCE
    seen: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        page = hub.http("GET", f"/api/v1/events?level=refused&after={after}&wait=1")
        seen += page["events"]
        after = page["next"]
        for event in page["events"]:
            if fits(event):
                found: dict[str, Any] = event
                return found
    raise AssertionError(f"no such event; these came: {json.dumps(seen, indent=1)}")


def fitting(mistake: Mistake) -> Callable[[dict[str, Any]], bool]:
    """Whether an event tells of a mistake."""
    if mistake.scope == "message":
        return lambda event: (
            event["kind"] == "rejected" and event["errorCode"]["statusCode"] == mistake.code
        )
    return lambda event: event["kind"] == "refused" and event["scope"] == mistake.scope


def telling(mistake: Mistake) -> Callable[[dict[str, Any]], bool]:
    """Whether an event is of this mistake, and says why and what to do."""
    fits = fitting(mistake)
    return lambda event: fits(event) and mistake.mend in line(event) and mistake.why in line(event)


def check_told(hub: LiveHub, mistake: Mistake, told: dict[str, Any]) -> None:
    """The event, its line, and the entry of the API say code, reason and mend."""
    shown = line(told)
    assert mistake.mend in shown
    assert mistake.why in shown
    assert "\n" not in shown
    if mistake.scope == "message":
        entry = hub.http("GET", f"/api/v1/messages/{told['id']}")
        assert entry["errorCode"]["statusCode"] == mistake.code
        assert entry["errorCause"] == told["errorCause"]
        assert entry["spec"].startswith("DST 3.4")
        return
    known = hub.http("GET", "/api/v1/connections")
    if mistake.scope == "tls":
        assert mistake.why in known["attempts"][-1]["reason"]
        return
    refusal = known["refusals"][-1]
    assert {"at", "client", "vhost", "channel", "method", "code", "text", "why", "mend"} <= set(
        refusal
    )
    assert (refusal["scope"], refusal["why"]) == (mistake.scope, told["why"])
    assert mistake.mend in refusal["mend"]
    if mistake.code:
        assert refusal["code"] in (mistake.code, 0)


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_with_pika_is_told_with_its_mend(hub: LiveHub, mistake: Mistake) -> None:
    if mistake.needs_peer and hub.engine != "embedded":
        pytest.skip("RabbitMQ tells neither peer nor certificate of a refused attempt")
    before = newest(hub)
    try:
        mistake.act(hub)
    except (pika.exceptions.AMQPError, OSError) as error:
        shown = f"{type(error).__name__} {error!r} {error}"
        assert mistake.shows
        assert re.search(mistake.shows, shown, re.DOTALL), shown
    else:
        assert not mistake.shows
    check_told(hub, mistake, awaited(hub, before, fitting(mistake)))


@pytest.mark.node
def test_the_mistakes_with_amqplib_are_told_with_their_mends(
    hub: LiveHub, amqplib: Path, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(amqplib)
    script = tmp_path / "mistakes.js"
    script.write_text(SCRIPT.read_text())
    before = newest(hub)
    bodies = json.dumps({name: as_bytes(body).decode() for name, body in BODIES.items()})
    ended = subprocess.run(
        ["node", str(script), str(hub.certs), str(hub.port), bodies],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    shown = json.loads(ended.stdout)
    played = [mistake for mistake in MISTAKES if mistake.node is not None]
    assert set(shown) == {mistake.name for mistake in played}
    for mistake in played:
        assert mistake.node is not None
        assert bool(shown[mistake.name]) == bool(mistake.node), mistake.name
        assert re.search(mistake.node, shown[mistake.name], re.IGNORECASE), shown[mistake.name]
        if hub.engine == "embedded" or not mistake.needs_peer:
            awaited(hub, before, telling(mistake))


def test_what_a_client_puts_into_a_text_cannot_break_a_line(hub: LiveHub) -> None:
    before = newest(hub)
    with hub.connect(A) as client, pytest.raises(pika.exceptions.ChannelClosedByBroker):
        client.channel.basic_get(f"{A}.\x1b[31mred\u202e\x07")
    told = awaited(hub, before, lambda event: event["kind"] == "refused")
    assert r"\x1b[31mred\u202e\x07" in told["text"]
    assert line(told).isprintable()
