"""The broker's refusals one by one: what each means on the Hub, and its mend.

The first rule whose code, scope, method and pattern fit is the one that speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern is searched in the reply text; its groups, and the situation, fill in the words."""

    code: int | None
    pattern: str
    why: str
    mend: str
    methods: str = ""
    """A pattern that the whole method name matches; empty for any."""
    scope: str = ""


_PASSIVE = "declare passively (passive=true), or not at all: clients of the Hub configure nothing"
_EXTERNAL = (
    "have your client library use the SASL mechanism EXTERNAL (pika: ExternalCredentials, Java: "
    "DefaultSaslConfig.EXTERNAL, amqplib: credentials.external(), .NET: ExternalMechanismFactory)"
)
_EXCHANGE = r"access to exchange '(?P<name>[^']*)'"
_QUEUE = r"access to queue '(?P<name>[^']*)'"

RULES: tuple[Rule, ...] = (
    Rule(
        0,
        r"^too many connections: (?P<said>.*)",
        "there is no place for one more connection: {said}",
        "close connections that are not used, and keep one open instead of one for each message; "
        "for more open files raise `ulimit -n` before the start",
    ),
    # 403: rights
    Rule(
        403,
        r"access to topic '(?P<name>.*)' in exchange '(?P<exchange>[^']*)'",
        "the routing key {name} is not an id of this client",
        "publish with your own id, {key}, as the routing key; the recipient stands in the message "
        "(explicitAddressValue)",
    ),
    Rule(
        403,
        r"access to exchange 'amq\.default'",
        "it was published to the default exchange, that is straight into a queue",
        "publish to the exchange {hub} with your own id, {key}, as the routing key: the Hub takes "
        "the message to the recipient that it names",
        methods="basic\\.publish|",
    ),
    Rule(
        403,
        _EXCHANGE,
        "clients of the Hub may not declare, bind or delete exchanges",
        "for {name}: " + _PASSIVE,
        methods="exchange\\..*",
    ),
    Rule(
        403,
        _EXCHANGE,
        "clients of the Hub publish to {hub} only, not to {name}",
        "publish to the exchange {hub} with your own id, {key}, as the routing key",
        methods="basic\\.publish|",
    ),
    Rule(
        403,
        _EXCHANGE,
        "clients of the Hub bind nothing: their queues are bound already",
        "leave the binding out and consume {queues}",
    ),
    Rule(
        403,
        _QUEUE,
        "{name} was declared actively (passive=false)",
        _PASSIVE + "; your queues {queues} are there already",
        methods="queue\\.declare",
    ),
    Rule(
        403,
        _QUEUE,
        "clients of the Hub may not bind or delete queues",
        "leave {method} out: your queues {queues} are there and bound already",
        methods="queue\\.(bind|unbind|delete)",
    ),
    Rule(
        403,
        _QUEUE,
        "{name} is not a queue of this client",
        "read your own queues: {queues}",
    ),
    Rule(
        403,
        r"queue '(?P<name>[^']*)' in vhost '[^']*' in exclusive use",
        "another consumer has {name} for itself",
        "end the other consumer, or consume without exclusive=true",
    ),
    Rule(
        403,
        r"operation not permitted on the default exchange",
        "nobody may declare, bind or delete the default exchange",
        "leave {method} out: publish to the exchange {hub}",
    ),
    Rule(
        403,
        r"contains reserved prefix 'amq\.",
        "names that begin with amq. belong to the broker",
        "choose another name; clients of the Hub need to declare nothing",
    ),
    # Logins
    Rule(
        None,
        r"(?:unknown authentication mechanism|auth_mechanism|PLAIN).*?'?(?P<name>[A-Z0-9-]+)'?",
        "the client asked to log in with {name}, by user name and password; the Hub knows a client "
        "by its certificate alone",
        _EXTERNAL,
        scope="login",
    ),
    Rule(
        None,
        r"\{handshake_timeout,handshake\}",
        "the client connected and did not begin to speak AMQP",
        "connect with an AMQP 0-9-1 client library; a port scan or a load balancer's check of the "
        "port needs no mend",
        scope="login",
    ),
    Rule(
        None,
        r"offered EXTERNAL only|unexpectedly closed TCP|handshake_timeout",
        "the client left when it was told that only EXTERNAL is possible: most often it is set "
        "to log in by PLAIN, with user name and password",
        _EXTERNAL,
        scope="login",
    ),
    Rule(
        None,
        r"user '(?P<name>[^']*)' - invalid credentials",
        "the certificate is trusted, but its common name, {name}, is no client of this Hub",
        "use the certificate of a client: clients/<client id>/igc.crt and .key in the certificates "
        "of the home (hubemu certs list)",
        scope="login",
    ),
    Rule(
        None,
        r"no certificate with a common name",
        "the certificate has no common name, which would be the user name",
        "use the certificate of a client: clients/<client id>/igc.crt and .key in the certificates "
        "of the home",
        scope="login",
    ),
    Rule(
        None,
        r"frame_max = (?P<name>\d+) is lower",
        "the client asks for frames of {name} octets at most, less than AMQP allows",
        "leave frame_max at the library's default, or set at least 4096",
        scope="login",
    ),
    Rule(
        None,
        r"negotiated (?P<name>\w+) = \d+ is",
        "the client asks for another {name} than the Hub allows",
        "leave {name} at the library's default: it then takes what the Hub proposes",
        scope="login",
    ),
    Rule(
        None,
        r"",
        "the login ended before it was complete",
        "use the SASL mechanism EXTERNAL with the certificate of a client",
        scope="login",
    ),
    # vHosts
    Rule(
        530,
        r"vhost (?P<name>.*) not found",
        "the Hub has no vHost {name}",
        "{vhosts}; in a URL the vHost is the path, such as amqps://localhost:5671/15-15_v2.0",
    ),
    Rule(
        530,
        r"access to vhost '(?P<name>[^']*)' refused",
        "this client has no rights on the vHost {name}",
        "{vhosts}",
    ),
    Rule(
        530,
        r"reached the negotiated channel_max",
        "the client opened more channels than it agreed to",
        "close channels that are done with, or keep one channel for each thread",
    ),
    Rule(
        530,
        r"attempt to reuse consumer tag '(?P<name>[^']*)'",
        "the consumer tag {name} is in use on this channel",
        "leave the consumer tag empty: the broker then makes one",
    ),
    # 404
    Rule(
        404,
        r"no queue '(?P<name>[^']*)'",
        "there is no queue {name} on this vHost",
        "the queues of this client are {queues}: mind upper and lower case",
    ),
    Rule(
        404,
        r"no exchange '(?P<name>[^']*)'",
        "there is no exchange {name} on this vHost",
        "publish to the exchange {hub} with your own id, {key}, as the routing key",
    ),
    Rule(404, r"no binding", "there is no such binding", "leave {method} out: nothing is to bind"),
    # 405, 406
    Rule(
        405,
        r"locked queue '(?P<name>[^']*)'",
        "{name} is the exclusive queue of another connection",
        "use it on the connection that declared it",
    ),
    Rule(
        406,
        r"unknown delivery tag (?P<name>\d+)",
        "delivery tag {name} was settled before, or belongs to another channel",
        "acknowledge each delivery once, on the channel it came on; with automatic acknowledgement "
        "(no_ack) not at all",
    ),
    Rule(
        406,
        r"timed? ?out|timeout",
        "a delivery was not acknowledged in time",
        "acknowledge each delivery as soon as it is treated",
    ),
    Rule(
        406,
        r"user_id property set to '(?P<name>[^']*)'",
        "the property user_id says {name}, which is not the user who is logged in",
        "leave user_id out",
    ),
    Rule(
        406,
        r"inequivalent arg '(?P<name>[^']*)'",
        "the object exists with another value of {name}",
        _PASSIVE,
    ),
    Rule(
        406,
        r"invalid expiration '(?P<name>[^']*)'",
        "the property expiration, {name}, is not a number of milliseconds",
        'write it as digits in a string, such as "60000", or leave it out: the Hub sets it from '
        "dateTimeExpires",
    ),
    Rule(
        406,
        r"delivery_mode_unknown,(?P<name>\d+)",
        "there is no delivery mode {name}",
        "publish persistent: delivery_mode 2",
    ),
    Rule(
        406,
        r"message size (?P<name>\d+) is larger",
        "the message has {name} octets, more than the broker takes",
        "send a smaller message: those of the Hub have a few kilobytes",
    ),
    Rule(
        406,
        r"",
        "it contradicts what exists or what was said before on this channel",
        "open a new channel and do not repeat {method} as it was",
    ),
    # Protocol
    Rule(
        320,
        r"",
        "the Hub ended the connection: it stops, its phase changed, or an operator asked for it",
        "connect again, after a pause that grows, with the certificate that the phase takes",
    ),
    Rule(
        540,
        r"global",
        "quorum queues know no prefetch for a whole channel",
        "call basic.qos with global=false",
    ),
    Rule(540, r"", "the broker does not implement this", "leave it out: {method}"),
    Rule(
        0,
        r"missed heartbeats",
        "nothing came from the client during two heartbeats",
        "let the client's loop run while a message is treated (pika: process_data_events, or a "
        "thread for the work), or ask for longer heartbeats",
    ),
    Rule(
        504,
        r"expected 'channel\.open'",
        "the channel is not open: it never was, or it was closed",
        "open a channel first, and a new one after each refusal that closed one",
    ),
    Rule(
        505,
        r"",
        "a frame came where another one had to come",
        "do not use one channel from several threads at once",
    ),
    Rule(
        501,
        r"",
        "what came is no frame that can be read",
        "look for a proxy or a library that changes bytes on the way; speak AMQP 0-9-1",
    ),
    Rule(
        503,
        r"",
        "clients may not send {method}",
        "use a client library for AMQP 0-9-1",
    ),
    Rule(
        506,
        r"",
        "a limit of the broker is reached",
        "close what is not needed any more, and send less at once",
    ),
    Rule(
        541,
        r"",
        "the broker could not do what was asked",
        "look into the log of the Hub; if nothing is wrong with what was sent, report it",
    ),
    Rule(None, r"", "{method} is not possible", "see the text of the refusal"),
)
