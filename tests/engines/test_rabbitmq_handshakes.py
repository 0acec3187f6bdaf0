"""What the relay sees and what the node's log says become one attempt, told once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hubemu.broker.handshake_watch import Watched
from hubemu.clock import Clock
from hubemu.engines.rabbitmq import handshakes
from hubemu.engines.rabbitmq.handshakes import HandshakeTeller
from hubemu.settings import Phase

SHOWN = Watched(accepted=False, version="TLSv1.2", alert=48)
HIDDEN = Watched(accepted=False, version="TLSv1.3")


class _Log:
    def __init__(self) -> None:
        self.told: list[str] = []

    def attempt(self, attempt: dict[str, Any]) -> None:
        self.told.append(f"{attempt['peer']} accepted {attempt['accepted']}")

    def refused_in_tls(self, attempt: dict[str, Any]) -> None:
        self.told.append(f"{attempt['peer']} {attempt['openssl']}")

    def alert(self, text: str) -> None:
        self.told.append(f"somebody {text}")


class _Pki:
    def explain_refusal(self, *_: object) -> str:
        return "why"


def told(talk: Callable[[HandshakeTeller], None], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(handshakes, "_PATIENCE", 0.0)
    log = _Log()

    async def scenario() -> None:
        teller = HandshakeTeller(
            _Pki(),  # type: ignore[arg-type]  # a stand-in
            lambda: Phase.IGC,
            Clock(),
            log,  # type: ignore[arg-type]  # a stand-in
            {},
        )
        talk(teller)
        await asyncio.sleep(0.01)

    asyncio.run(scenario())
    return log.told


def test_a_refusal_that_shows_is_told_at_once_and_its_line_is_nobody_else_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def talk(teller: HandshakeTeller) -> None:
        teller.watched("a:1", SHOWN)
        teller.alert("Unknown CA")

    assert told(talk, monkeypatch) == ["a:1 unknown ca"]


def test_the_line_may_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(teller: HandshakeTeller) -> None:
        teller.alert("Unknown CA")
        teller.watched("a:1", SHOWN)
        teller.alert("Certificate Expired")
        teller.watched("b:2", HIDDEN)

    assert told(talk, monkeypatch) == ["a:1 unknown ca", "b:2 Certificate Expired"]


def test_what_is_hidden_waits_for_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(teller: HandshakeTeller) -> None:
        teller.watched("a:1", HIDDEN)
        teller.watched("b:2", HIDDEN)
        teller.alert("Unknown CA")
        teller.alert("Certificate Expired")

    assert told(talk, monkeypatch) == ["a:1 Unknown CA", "b:2 Certificate Expired"]


def test_what_has_no_counterpart_is_told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(lambda teller: teller.watched("a:1", HIDDEN), monkeypatch) == [
        "a:1 no reason was given"
    ]
    assert told(lambda teller: teller.alert("Unknown CA"), monkeypatch) == ["somebody Unknown CA"]


def test_a_client_that_refuses_the_hub_has_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def talk(teller: HandshakeTeller) -> None:
        teller.watched("a:1", Watched(accepted=False, version="TLSv1.2", alert=48, by_client=True))
        teller.alert("Unknown CA")

    assert told(talk, monkeypatch) == ["a:1 unknown ca", "somebody Unknown CA"]
