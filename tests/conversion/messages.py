"""Messages around a body, for conversions."""

from __future__ import annotations

import json
from typing import Any

from hubemu.conversion import ConversionMessage, ConversionService
from tests.support.messages import envelope, header

A, B, SDIS = "fr.health.samuA", "fr.health.samuB", "fr.fire.nexsis.sdisZ"
NOW = 1_700_000_000.0
CASE = "fr.health.samu440.DRFR154402413800236"


def service(seed: str = "1") -> ConversionService:
    """A service that remembers nothing yet."""
    return ConversionService(seed=seed, now=lambda: NOW)


def edxl(
    key: str, body: Any, *, sender: str = A, recipient: str = B, internal: str = "1"
) -> dict[str, Any]:
    """A whole message around a body."""
    identifier, sent = f"{sender}_{internal}", "2024-05-18T18:15:00+02:00"
    about = header(sender, recipient, identifier=identifier, sent=sent)
    return envelope(
        sender,
        recipient,
        about | {key: body},
        distributionID=identifier,
        dateTimeSent=sent,
        dateTimeExpires="2072-05-18T18:15:00+02:00",
    )


def converted(key: str, body: Any, source: str, target: str) -> Any:
    """A body in another version; the one given stays as it is."""
    before = json.dumps(body)
    made = service().convert_version(ConversionMessage.of(edxl(key, body)), source, target)
    assert json.dumps(body) == before
    assert made.key == key
    return made.body()


def to_cisu(
    key: str, body: Any, on: ConversionService | None = None, **about: Any
) -> list[ConversionMessage]:
    """What samuA tells the fire brigade, converted."""
    message = ConversionMessage.of(edxl(key, body, sender=A, recipient=SDIS, **about))
    return (on or service()).translate(message)


def from_cisu(
    key: str, body: Any, on: ConversionService | None = None, **about: Any
) -> list[ConversionMessage]:
    """What the fire brigade tells samuA, converted."""
    message = ConversionMessage.of(edxl(key, body, sender=SDIS, recipient=A, **about))
    return (on or service()).translate(message)
