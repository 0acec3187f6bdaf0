"""From the protocol header to connection.open; answers pinned from RabbitMQ 3.10."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hubemu.broker.protocol.auth import CertificateLogin, Peer
from hubemu.broker.protocol.state import State
from hubemu.broker.wire.methods import encode_method
from hubemu.version import __version__
from tests.support.amqp_dialogue import CAPABILITIES, HEADER, Dialogue, guest_broker, method


def external(common_name: str | None = "guest") -> Dialogue:
    broker = guest_broker()
    peer = Peer(address="test", common_name=common_name)
    return Dialogue(broker, authenticator=CertificateLogin(broker.users), peer=peer)


def open_vhost(name: str = "/", **fields: Any) -> bytes:
    return method(0, "connection.open", virtual_host=name, **fields)


# --- the protocol header


@pytest.mark.parametrize("header", [HEADER, b"AMQP\x01\x01\x00\x09"])
def test_both_headers_of_0_9_are_answered_with_start(header: bytes) -> None:
    ((channel, name, fields),) = Dialogue().send(header)
    assert (channel, name) == (0, "connection.start")
    assert (fields["version_major"], fields["version_minor"]) == (0, 9)
    assert (fields["mechanisms"], fields["locales"]) == (b"PLAIN AMQPLAIN", b"en_US")


def test_server_properties_are_those_of_the_hub_and_say_that_it_is_an_emulator() -> None:
    ((_, _, fields),) = Dialogue().send(HEADER)
    properties = fields["server_properties"]
    assert properties["product"] == "RabbitMQ"
    assert re.fullmatch(r"3\.12\.\d+", properties["version"])
    assert all(f"hubemu {__version__}" in properties[name] for name in ("platform", "information"))
    assert "emulator" in properties["information"]
    assert set(properties) == {
        "capabilities",
        "cluster_name",
        "copyright",
        "information",
        "platform",
        "product",
        "version",
    }
    assert properties["capabilities"] == dict.fromkeys(
        (
            "publisher_confirms",
            "exchange_exchange_bindings",
            "basic.nack",
            "consumer_cancel_notify",
            "connection.blocked",
            "consumer_priorities",
            "authentication_failure_close",
            "per_consumer_qos",
            "direct_reply_to",
        ),
        True,
    )


@pytest.mark.parametrize(
    "header", [b"HTTP/1.1", b"AMQP\x01\x01\x00\x0a", b"AMQP\x00\x01\x00\x00", b"\x16\x03\x01abcde"]
)
def test_another_protocol_is_told_ours_and_left(header: bytes) -> None:
    dialogue = Dialogue()
    dialogue.connection.receive(header + b"more")
    dialogue.connection.process(10)
    assert dialogue.raw_replies() == HEADER
    assert dialogue.connection.closing_in == 0


def test_a_header_may_come_octet_by_octet() -> None:
    dialogue = Dialogue()
    for octet in HEADER[:-1]:
        assert dialogue.send(bytes([octet])) == []
    assert dialogue.send(HEADER[-1:])[0][1] == "connection.start"


# --- login


def test_tune_proposes_rabbitmqs_values() -> None:
    assert Dialogue().start_ok() == [
        (0, "connection.tune", {"channel_max": 2047, "frame_max": 131072, "heartbeat": 60})
    ]


@pytest.mark.parametrize("response", [b"", b"\0*\0*", b"guest", b"\x05LOGINS\x00\x00\x00\x01x"])
@pytest.mark.parametrize("locale", ["en_US", "en_GB", ""])
def test_external_takes_any_response_and_locale(response: bytes, locale: str) -> None:
    replies = external().start_ok(mechanism="EXTERNAL", response=response, locale=locale)
    assert replies[0][1] == "connection.tune"


def test_a_refused_login_is_told_to_who_understands() -> None:
    dialogue = external("nobody")
    text = (
        "ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. "
        "For details see the broker logfile."
    )
    assert dialogue.start_ok(mechanism="EXTERNAL", response=b"") == [
        (
            0,
            "connection.close",
            {"reply_code": 403, "reply_text": text, "class_id": 0, "method_id": 0},
        )
    ]
    dialogue.send(encode_method(0, "connection.close_ok"))
    assert dialogue.connection.closing_in == 0


@pytest.mark.parametrize("properties", [{}, {"capabilities": {}}, {"capabilities": "all"}])
def test_a_refused_login_is_silent_for_the_others(properties: dict[str, Any]) -> None:
    dialogue = external("nobody")
    replies = dialogue.start_ok(mechanism="EXTERNAL", response=b"", client_properties=properties)
    assert replies == []
    assert dialogue.connection.closing_in == 3.0


@pytest.mark.parametrize(
    "fields", [{"mechanism": "FOO"}, {"response": b"xx"}, {"mechanism": "EXTERNAL"}]
)
def test_what_cannot_be_a_login_ends_in_silence(fields: dict[str, Any]) -> None:
    dialogue = Dialogue()
    assert dialogue.start_ok(**fields) == []
    assert dialogue.connection.closing_in == 3.0


# --- tuning


@pytest.mark.parametrize(
    "tuning",
    [
        {"channel_max": 4000},
        {"channel_max": 0},
        {"frame_max": 200000},
        {"frame_max": 100},
        {"frame_max": 0},
    ],
)
def test_more_than_proposed_ends_in_silence(tuning: dict[str, int]) -> None:
    dialogue = Dialogue()
    dialogue.start_ok()
    dialogue.tune_ok(**tuning)
    assert dialogue.replies() == []
    assert dialogue.connection.closing_in == 3.0


def test_less_than_proposed_is_taken() -> None:
    dialogue = Dialogue()
    dialogue.start_ok()
    dialogue.tune_ok(channel_max=1, frame_max=4096, heartbeat=7)
    assert dialogue.send(open_vhost())[0][1] == "connection.open_ok"
    assert dialogue.connection.heartbeat_period == 3.5


# --- open


def test_open_ignores_insist_and_capabilities() -> None:
    dialogue = Dialogue()
    dialogue.start_ok()
    dialogue.tune_ok()
    assert dialogue.send(open_vhost(insist=True, capabilities="x")) == [
        (0, "connection.open_ok", {"known_hosts": ""})
    ]
    assert dialogue.connection.handshake.user_name == "guest"
    assert dialogue.connection.handshake.vhost_name == "/"


def test_an_unknown_vhost_is_refused() -> None:
    dialogue = Dialogue()
    dialogue.start_ok()
    dialogue.tune_ok()
    assert dialogue.send(open_vhost("nope")) == [
        (
            0,
            "connection.close",
            {
                "reply_code": 530,
                "reply_text": "NOT_ALLOWED - vhost nope not found",
                "class_id": 10,
                "method_id": 40,
            },
        )
    ]


def test_a_vhost_without_permission_is_refused() -> None:
    broker = guest_broker()
    broker.add_vhost("v")
    dialogue = Dialogue(broker)
    dialogue.start_ok()
    dialogue.tune_ok()
    ((_, name, fields),) = dialogue.send(open_vhost("v"))
    assert name == "connection.close"
    assert fields["reply_text"] == "NOT_ALLOWED - access to vhost 'v' refused for user 'guest'"


@pytest.mark.parametrize(
    ("frame", "code", "text"),
    [
        (
            encode_method(0, "connection.tune_ok", channel_max=1, frame_max=131072, heartbeat=0),
            504,
            "CHANNEL_ERROR - unexpected method in connection state opening",
        ),
        (
            encode_method(1, "channel.open", out_of_band=""),
            505,
            "UNEXPECTED_FRAME - type 1, all octets = <<0,20,0,10,0>>",
        ),
    ],
)
def test_frames_out_of_order_before_open_are_refused(frame: bytes, code: int, text: str) -> None:
    dialogue = Dialogue()
    dialogue.start_ok()
    dialogue.tune_ok()
    ((_, name, fields),) = dialogue.send(frame)
    assert (name, fields["reply_code"], fields["reply_text"]) == ("connection.close", code, text)


@pytest.mark.parametrize("junk", [b"\xff" * 20, open_vhost(), method(0, "connection.close_ok")])
def test_anything_else_before_tuning_ends_in_silence(junk: bytes) -> None:
    dialogue = Dialogue()
    dialogue.send(HEADER)
    assert dialogue.send(junk) == []
    assert dialogue.connection.closing_in == 3.0
    assert dialogue.connection.state is State.CLOSED


def test_a_frame_above_4096_octets_waits_for_tune_ok() -> None:
    dialogue = Dialogue()
    properties = {"capabilities": CAPABILITIES, "blob": "x" * 5000}
    assert dialogue.start_ok(client_properties=properties) == []
    assert dialogue.connection.closing_in == 3.0
