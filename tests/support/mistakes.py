"""First mistakes of a client, as a table: what is done, what the client's library shows, what the
Hub tells, and the mend. One row a mistake; each is played by pika, many by amqplib too."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.messages import envelope
from tests.support.mistaken_clients import (
    A,
    Act,
    B,
    C,
    by_password,
    connecting,
    distrustful,
    of_the_server,
    on_channel,
    plain,
    sent,
    twice,
    without_certificate,
)

__all__ = ["MISTAKES", "Mistake"]

OWN_KEY = f"publish with your own id, {A}, as the routing key"
PASSIVE = "declare passively (passive=true), or not at all: clients of the Hub configure nothing"
OWN_QUEUES = f"{A}.message, {A}.ack, {A}.info"
REFUSED_TLS = r"SSL|StreamLost|reset|closed|EOF|eof|alert|Incompatible|AMQPConnectionError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One row.

    `shows` is a pattern of what pika raises, empty where it raises nothing; `node` the same for
    amqplib, `None` where it is not played. `scope` and `code` are those of the refusal, or
    `message` and the Hub's code; `why` and `mend` are parts of what is told.
    """

    name: str
    act: Act
    shows: str
    scope: str
    code: int
    mend: str
    why: str = ""
    node: str | None = None
    needs_peer: bool = False
    """Whether RabbitMQ tells nothing, or too little, of it."""

    def __str__(self) -> str:
        return self.name


MISTAKES: tuple[Mistake, ...] = (
    # TLS
    Mistake(
        name="no certificate",
        act=connecting(without_certificate),
        shows=REFUSED_TLS,
        node=r"certificate|handshake|ECONNRESET|closed|hang up",
        scope="tls",
        code=0,
        why="the client sent no certificate",
        mend="use clients/<client id>/igc.crt",
        needs_peer=True,
    ),
    Mistake(
        name="certificate of the former authority",
        act=connecting(lambda hub: hub.tls(A, identity="legacy")),
        shows=REFUSED_TLS,
        node=r"unknown ca|ECONNRESET|closed|hang up",
        scope="tls",
        code=0,
        why="issued by the Hub's former authority",
        mend=f"use clients/{A}/igc.crt",
        needs_peer=True,
    ),
    Mistake(
        name="does not trust the Hub",
        act=connecting(distrustful),
        shows=r"CERTIFICATE_VERIFY_FAILED|verify failed|AMQPConnectionError",
        node=r"unable to|self.signed|issuer",
        scope="tls",
        code=0,
        why="does not trust the Hub's certificate",
        mend="give it truststores/igc.pem",
        needs_peer=True,
    ),
    Mistake(
        name="plain AMQP on the TLS port",
        act=plain(b"AMQP\0\0\x09\x01"),
        shows="closed|reset",
        scope="tls",
        code=0,
        why="the client does not speak TLS on this port",
        mend="use amqps://",
        needs_peer=True,
    ),
    Mistake(
        name="HTTP on the TLS port",
        act=plain(b"GET / HTTP/1.1\r\n\r\n"),
        shows="closed|reset",
        scope="tls",
        code=0,
        why="the client does not speak TLS on this port",
        mend="reached here by amqps://",
        needs_peer=True,
    ),
    # Logins and vHosts
    Mistake(
        name="login by PLAIN",
        act=by_password,
        shows="PLAIN|authentication",
        node="PLAIN",
        scope="login",
        code=0,
        why="EXTERNAL",
        mend="use the SASL mechanism EXTERNAL",
    ),
    Mistake(
        name="trusted certificate of nobody",
        act=connecting(of_the_server),
        shows="Login was refused using authentication mechanism EXTERNAL",
        node="ACCESS.REFUSED|403",
        scope="login",
        code=403,
        why="is no client of this Hub",
        mend="use the certificate of a client",
    ),
    Mistake(
        name="vHost that is not there",
        act=connecting(lambda hub: hub.tls(A), vhost="15-15_v2"),
        shows="vhost 15-15_v2 not found",
        node="Expected ConnectionOpenOk",
        scope="vhost",
        code=530,
        why="the Hub has no vHost 15-15_v2",
        mend="did you mean 15-15_v2.0?",
    ),
    Mistake(
        name="default vHost",
        act=connecting(lambda hub: hub.tls(A), vhost="/"),
        shows="vhost / not found",
        node="Expected ConnectionOpenOk",
        scope="vhost",
        code=530,
        why="the Hub has no vHost /",
        mend="in a URL the vHost is the path",
    ),
    # Rights
    Mistake(
        name="routing key of somebody else",
        act=on_channel(lambda channel: channel.basic_publish("hubsante", B, b"x")),
        shows=f"403.*access to topic '{B}'",
        node="403",
        scope="channel",
        code=403,
        why=f"the routing key {B} is not an id of this client",
        mend=OWN_KEY,
    ),
    Mistake(
        name="routing key of the recipient's queue",
        act=on_channel(lambda channel: channel.basic_publish("hubsante", f"{C}.message", b"x")),
        shows="403.*access to topic",
        scope="channel",
        code=403,
        mend=OWN_KEY,
    ),
    Mistake(
        name="wrong exchange",
        act=on_channel(lambda channel: channel.basic_publish("hubsant", A, b"x")),
        shows="403.*access to exchange 'hubsant'",
        node="403",
        scope="channel",
        code=403,
        why="publish to hubsante only, not to hubsant",
        mend="publish to the exchange hubsante",
    ),
    Mistake(
        name="default exchange",
        act=on_channel(lambda channel: channel.basic_publish("", f"{C}.message", b"x")),
        shows="403.*access to exchange 'amq.default'",
        node="403",
        scope="channel",
        code=403,
        why="straight into a queue",
        mend="publish to the exchange hubsante",
    ),
    Mistake(
        name="exchange of the dispatcher",
        act=on_channel(lambda channel: channel.basic_publish("distribution", f"{C}.message", b"x")),
        shows="403.*access to exchange 'distribution'",
        scope="channel",
        code=403,
        mend="publish to the exchange hubsante",
    ),
    Mistake(
        name="active declaration of a queue",
        act=on_channel(lambda channel: channel.queue_declare(f"{A}.message", durable=True)),
        shows=f"403.*access to queue '{A}.message'",
        node="403",
        scope="channel",
        code=403,
        why="declared actively",
        mend=PASSIVE,
    ),
    Mistake(
        name="active declaration of an exchange",
        act=on_channel(lambda channel: channel.exchange_declare("hubsante", "topic", durable=True)),
        shows="403.*access to exchange 'hubsante'",
        node="403",
        scope="channel",
        code=403,
        mend=PASSIVE,
    ),
    Mistake(
        name="binding",
        act=on_channel(lambda channel: channel.queue_bind(f"{A}.message", "distribution", A)),
        shows="403",
        node="403",
        scope="channel",
        code=403,
        mend=OWN_QUEUES,
    ),
    Mistake(
        name="queue of somebody else",
        act=on_channel(lambda channel: channel.basic_get(f"{B}.message")),
        shows=f"403.*access to queue '{B}.message'",
        node="403",
        scope="channel",
        code=403,
        why=f"{B}.message is not a queue of this client",
        mend=f"read your own queues: {OWN_QUEUES}",
    ),
    Mistake(
        name="queue of the dispatcher",
        act=on_channel(lambda channel: channel.basic_get("dispatch")),
        shows="403.*access to queue 'dispatch'",
        scope="channel",
        code=403,
        mend=f"read your own queues: {OWN_QUEUES}",
    ),
    Mistake(
        name="queue with a typing error",
        act=on_channel(lambda channel: channel.basic_get(f"{A}.mesage")),
        shows=f"404.*no queue '{A}.mesage'",
        node="404",
        scope="channel",
        code=404,
        why=f"there is no queue {A}.mesage",
        mend=OWN_QUEUES,
    ),
    Mistake(
        name="exchange that is not there",
        act=on_channel(lambda channel: channel.exchange_declare("hubsant", passive=True)),
        shows="404.*no exchange 'hubsant'",
        node="404",
        scope="channel",
        code=404,
        mend="publish to the exchange hubsante",
    ),
    Mistake(
        name="queue deleted",
        act=on_channel(lambda channel: channel.queue_delete(f"{A}.message")),
        shows="403",
        scope="channel",
        code=403,
        mend="leave queue.delete out",
    ),
    # What channels know
    Mistake(
        name="acknowledged twice",
        act=on_channel(twice),
        shows="406.*unknown delivery tag 1",
        node="406",
        scope="channel",
        code=406,
        why="delivery tag 1 was settled before",
        mend="acknowledge each delivery once, on the channel it came on",
    ),
    Mistake(
        name="user_id of somebody else",
        act=sent(envelope(A, C), user_id="guest"),
        shows="406.*user_id",
        node="406",
        scope="channel",
        code=406,
        mend="leave user_id out",
    ),
    Mistake(
        name="expiration that is no number",
        act=sent(envelope(A, C), expiration="1h"),
        shows="406.*expiration",
        node="406",
        scope="channel",
        code=406,
        why="is not a number of milliseconds",
        mend="write it as digits in a string",
    ),
    # Messages, refused by the dispatcher
    Mistake(
        name="no content type",
        act=sent(envelope(A, C), content_type=None),
        shows="",
        node="",
        scope="message",
        code=101,
        mend="set the property content_type to application/json or application/xml",
    ),
    Mistake(
        name="not persistent",
        act=sent(envelope(A, C), delivery_mode=1),
        shows="",
        node="",
        scope="message",
        code=100,
        mend="publish persistent: delivery_mode 2",
    ),
    Mistake(
        name="no JSON",
        act=sent(b"hello"),
        shows="",
        node="",
        scope="message",
        code=301,
        mend="send a body that is valid JSON",
    ),
    Mistake(
        name="field missing",
        act=sent({k: v for k, v in envelope(A, C).items() if k != "descriptor"}),
        shows="",
        scope="message",
        code=300,
        why="descriptor: is missing but it is required",
        mend="mend the fields that the cause names",
    ),
    Mistake(
        name="another type's perimeter",
        act=sent(
            envelope(A, C, {"geoPositionsUpdate": {}}),
        ),
        shows="",
        scope="message",
        code=300,
        mend="mend the fields that the cause names",
    ),
    Mistake(
        name="sender that is not the key",
        act=sent(envelope(B, C)),
        shows="",
        node="",
        scope="message",
        code=200,
        mend="put the routing key that you publish with into senderID",
    ),
    Mistake(
        name="recipient nobody has",
        act=sent(envelope(A, "fr.health.nobody")),
        shows="",
        node="",
        scope="message",
        code=501,
        mend="address a client that the Hub has",
    ),
    Mistake(
        name="id of somebody else",
        act=sent(envelope(A, C, distributionID=f"{B}_1")),
        shows="",
        scope="message",
        code=300,
        mend="mend the fields that the cause names",
    ),
    Mistake(
        name="expired",
        act=sent(envelope(A, C, dateTimeExpires="2020-01-01T00:00:00+00:00")),
        shows="",
        node="",
        scope="message",
        code=400,
        mend="give a dateTimeExpires that is still to come",
    ),
)
