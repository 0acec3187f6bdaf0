"""Direct reply-to and quorum delivery counts, as RabbitMQ 3.10.8 answers."""

from __future__ import annotations

from base64 import b64decode

import pytest

from hubemu.broker.core import ChannelError
from tests.support.core_broker import Bench, Client

REPLY_TO = "amq.rabbitmq.reply-to"


@pytest.fixture
def asker(bench: Bench) -> Client:
    client = bench.client()
    client.channel.queue_declare("requests")
    client.channel.consume(REPLY_TO, "r", no_ack=True)
    return client


def address(asker: Client) -> str:
    asker.publish("", "requests", b"?", reply_to=REPLY_TO, headers={"a": 1}, message_id="m")
    got = asker.channel.get("requests", no_ack=True)
    assert got is not None
    properties = got.message.properties
    assert (properties.headers, properties.message_id) == ({"a": 1}, "m")
    assert properties.reply_to is not None
    assert properties.reply_to.startswith(f"{REPLY_TO}.")
    return properties.reply_to


def test_answers_reach_the_channel_that_asked(bench: Bench, asker: Client) -> None:
    answerer = bench.client()
    to = address(asker)
    for body in (b"1", b"2"):
        answerer.publish("", to, body)
    assert asker.sink.said == [("deliver", "r", b"1"), ("deliver", "r", b"2")]
    tag, redelivered = asker.sink.deliveries[0][1:3]
    assert (asker.tags, redelivered) == ([tag, tag], False)


def test_a_mandatory_answer_is_delivered_and_returned(bench: Bench, asker: Client) -> None:
    answerer = bench.client()
    answerer.publish("", address(asker), b"1", mandatory=True)
    assert asker.received == [b"1"]
    assert answerer.sink.said == [("return", 312, "NO_ROUTE", b"1")]


def test_an_address_ends_with_its_consumer(bench: Bench, asker: Client) -> None:
    to = address(asker)
    asker.channel.cancel("r")
    bench.client().publish("", to, b"1")
    assert asker.received == []
    asker.channel.consume(REPLY_TO, "r", no_ack=True)
    second = address(asker)
    asker.channel.close()
    bench.client().publish("", second, b"1")
    assert asker.received == []


def test_the_pseudo_queue_can_be_declared(bench: Bench, asker: Client) -> None:
    bench.broker.grant("bob", "/", "", "", "")
    channel = bench.client("bob").channel
    assert channel.queue_declare(REPLY_TO) == (REPLY_TO, 0, 1)
    to = address(asker)
    assert channel.queue_declare(to, passive=True) == (to, 0, 1)
    with pytest.raises(ChannelError, match=r"no queue 'amq\.rabbitmq\.reply-to\.x' in vhost"):
        channel.queue_declare(f"{REPLY_TO}.x", passive=True)


def test_refusals(bench: Bench, asker: Client) -> None:
    other = bench.client()
    with pytest.raises(ChannelError, match="reply consumer cannot acknowledge"):
        other.channel.consume(REPLY_TO)
    with pytest.raises(ChannelError, match="fast reply consumer does not exist"):
        other.publish("", "requests", reply_to=REPLY_TO)
    with pytest.raises(ChannelError, match="reply consumer already set"):
        asker.channel.consume(REPLY_TO, no_ack=True)
    with pytest.raises(ChannelError, match="no queue"):
        other.channel.get(REPLY_TO)
    other.publish("", "requests", reply_to="somewhere else")


def test_a_quorum_queue_counts_deliveries_but_dead_letters_do_not_tell(client: Client) -> None:
    channel = client.channel
    channel.queue_declare("dl")
    arguments = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": "dl",
    }
    channel.queue_declare("q", durable=True, arguments=arguments)
    client.publish("", "q", b"1", headers={"h": 1})
    for count in range(2):
        got = channel.get("q")
        assert got is not None
        assert got.message.headers == {"h": 1, "x-delivery-count": count}
        channel.reject(got.delivery_tag, requeue=True)
    client.consume("q")
    assert client.sink.deliveries[0][3].headers["x-delivery-count"] == 2
    channel.nack(client.tags[0], requeue=False)
    assert "x-delivery-count" not in client.get_headers("dl")


def test_an_address_has_two_parts_of_which_the_first_is_a_process(asker: Client) -> None:
    process, key = address(asker).removeprefix(f"{REPLY_TO}.").split(".")
    assert b64decode(process)[:11] == b"\x83Xv\x00\x0dreply@"
    assert len(b64decode(process)) == 30
    assert len(b64decode(key)) == 16


def test_an_answer_may_be_named_as_copy(bench: Bench, asker: Client) -> None:
    to = address(asker)
    bench.client().publish("", "nowhere", b"1", headers={"CC": [to]})
    assert asker.received == [b"1"]
    bench.client().publish("amq.direct", "nowhere", b"2", headers={"CC": [to]})
    assert asker.received == [b"1"]


def test_another_key_of_the_same_process_is_nobodys(bench: Bench, asker: Client) -> None:
    process = address(asker).removeprefix(f"{REPLY_TO}.").split(".")[0]
    other = bench.client()
    for key in ("AAAA", "!!!"):
        other.publish("", f"{REPLY_TO}.{process}.{key}", b"1", mandatory=True)
        with pytest.raises(ChannelError, match="NOT_FOUND - no queue"):
            other.channel.queue_declare(f"{REPLY_TO}.{process}.{key}", passive=True)
    assert asker.received == []
    assert other.sink.said == [("return", 312, "NO_ROUTE", b"1")] * 2
