"""Whether a message is meant is told alike of the message and of the event made of it."""

from itertools import combinations, product
from typing import Any

from hubemu.dispatcher.delivery import Delivery
from hubemu.faults.dispatch.facts import event_of, meant_by
from hubemu.faults.matching import Match
from hubemu.messages import Envelope, example_message, load_release

VHOST, SENDER = "15-15_v2.0", "fr.health.samuA"
GIVEN: dict[str, tuple[Any, ...]] = {
    "vhost": (VHOST, "15-*", "15-15_v1.0"),
    "sender": (SENDER, ["fr.health.samuB", SENDER], "fr.fire.*"),
    "recipient": ("fr.health.samuC", "fr.health.*", "fr.health.samuB"),
    "type": ("RS-EDA", "RS-*", "RC-REF"),
    "kind": ("Report", ["Ack", "Report"], "Ack"),
    "queue": ("fr.health.samuC.message", "*.message", "*.ack"),
    "client": (SENDER, "fr.health.samuC", "fr.health.samu[XY]"),
}


def read() -> Envelope:
    release = load_release("2.0.0")
    body = example_message("RS-EDA", release, sender=SENDER, recipient="fr.health.samuC")
    return release.parse(body, "json")


def test_a_message_is_meant_if_its_event_is() -> None:
    delivery = Delivery("id", VHOST, SENDER, b"", b"", False, 0.0)
    told = []
    for envelope in (read(), None):
        event = event_of(delivery, envelope)
        for keys in (*combinations(GIVEN, 1), *combinations(GIVEN, 2), ()):
            for values in product(*(GIVEN[key] for key in keys)):
                match = Match(dict(zip(keys, values, strict=True)))
                meant = meant_by(match)(delivery, envelope)
                assert meant is match.holds(event), (match.given, envelope)
                told.append(meant)
    assert told.count(True) > 100
    assert told.count(False) > 100
