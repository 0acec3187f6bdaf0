"""Refusals of who comes in and of what one may touch: logins, vHosts, rights."""

from __future__ import annotations

from hubemu.events.rule import PASSIVE, RefusalRule

__all__ = ["LOGINS", "RIGHTS", "VHOSTS"]

_EXTERNAL = (
    "have your client library use the SASL mechanism EXTERNAL (pika: ExternalCredentials, Java: "
    "DefaultSaslConfig.EXTERNAL, amqplib: credentials.external(), .NET: ExternalMechanismFactory)"
)
_EXCHANGE = r"access to exchange '(?P<name>[^']*)'"
_QUEUE = r"access to queue '(?P<name>[^']*)'"

RIGHTS: tuple[RefusalRule, ...] = (
    RefusalRule(
        403,
        r"access to topic '(?P<name>.*)' in exchange '(?P<exchange>[^']*)'",
        "the routing key {name} is not an id of this client",
        "publish with your own id, {key}, as the routing key; the recipient stands in the message "
        "(explicitAddressValue)",
    ),
    RefusalRule(
        403,
        r"access to exchange 'amq\.default'",
        "it was published to the default exchange, that is straight into a queue",
        "publish to the exchange {hub} with your own id, {key}, as the routing key: the Hub takes "
        "the message to the recipient that it names",
        methods="basic\\.publish|",
    ),
    RefusalRule(
        403,
        _EXCHANGE,
        "clients of the Hub may not declare, bind or delete exchanges",
        "for {name}: " + PASSIVE,
        methods="exchange\\..*",
    ),
    RefusalRule(
        403,
        _EXCHANGE,
        "clients of the Hub publish to {hub} only, not to {name}",
        "publish to the exchange {hub} with your own id, {key}, as the routing key",
        methods="basic\\.publish|",
    ),
    RefusalRule(
        403,
        _EXCHANGE,
        "clients of the Hub bind nothing: their queues are bound already",
        "leave the binding out and consume {queues}",
    ),
    RefusalRule(
        403,
        _QUEUE,
        "{name} was declared actively (passive=false)",
        PASSIVE + "; your queues {queues} are there already",
        methods="queue\\.declare",
    ),
    RefusalRule(
        403,
        _QUEUE,
        "clients of the Hub may not bind or delete queues",
        "leave {method} out: your queues {queues} are there and bound already",
        methods="queue\\.(bind|unbind|delete)",
    ),
    RefusalRule(
        403,
        _QUEUE,
        "{name} is not a queue of this client",
        "read your own queues: {queues}",
    ),
    RefusalRule(
        403,
        r"queue '(?P<name>[^']*)' in vhost '[^']*' in exclusive use",
        "another consumer has {name} for itself",
        "end the other consumer, or consume without exclusive=true",
    ),
    RefusalRule(
        403,
        r"operation not permitted on the default exchange",
        "nobody may declare, bind or delete the default exchange",
        "leave {method} out: publish to the exchange {hub}",
    ),
    RefusalRule(
        403,
        r"contains reserved prefix 'amq\.",
        "names that begin with amq. belong to the broker",
        "choose another name; clients of the Hub need to declare nothing",
    ),
)
"""403."""

LOGINS: tuple[RefusalRule, ...] = (
    RefusalRule(
        None,
        r"(?:unknown authentication mechanism|auth_mechanism|PLAIN).*?'?(?P<name>[A-Z0-9-]+)'?",
        "the client asked to log in with {name}, by user name and password; the Hub knows a client "
        "by its certificate alone",
        _EXTERNAL,
        scope="login",
    ),
    RefusalRule(
        None,
        r"\{handshake_timeout,handshake\}",
        "the client connected and did not begin to speak AMQP",
        "connect with an AMQP 0-9-1 client library; a port scan or a load balancer's check of the "
        "port needs no mend",
        scope="login",
    ),
    RefusalRule(
        None,
        r"offered EXTERNAL only|unexpectedly closed TCP|handshake_timeout",
        "the client left when it was told that only EXTERNAL is possible: most often it is set "
        "to log in by PLAIN, with user name and password",
        _EXTERNAL,
        scope="login",
    ),
    RefusalRule(
        None,
        r"user '(?P<name>[^']*)' - invalid credentials",
        "the certificate is trusted, but its common name, {name}, is no client of this Hub",
        "use the certificate of a client: clients/<client id>/igc.crt and .key in the certificates "
        "of the home (hubemu certs list)",
        scope="login",
    ),
    RefusalRule(
        None,
        r"no certificate with a common name",
        "the certificate has no common name, which would be the user name",
        "use the certificate of a client: clients/<client id>/igc.crt and .key in the certificates "
        "of the home",
        scope="login",
    ),
    RefusalRule(
        None,
        r"frame_max = (?P<name>\d+) is lower",
        "the client asks for frames of {name} octets at most, less than AMQP allows",
        "leave frame_max at the library's default, or set at least 4096",
        scope="login",
    ),
    RefusalRule(
        None,
        r"negotiated (?P<name>\w+) = \d+ is",
        "the client asks for another {name} than the Hub allows",
        "leave {name} at the library's default: it then takes what the Hub proposes",
        scope="login",
    ),
    RefusalRule(
        None,
        r"",
        "the login ended before it was complete",
        "use the SASL mechanism EXTERNAL with the certificate of a client",
        scope="login",
    ),
)
"""Before a connection is open."""

VHOSTS: tuple[RefusalRule, ...] = (
    RefusalRule(
        530,
        r"vhost (?P<name>.*) not found",
        "the Hub has no vHost {name}",
        "{vhosts}; in a URL the vHost is the path, such as amqps://localhost:5671/15-15_v2.0",
    ),
    RefusalRule(
        530,
        r"access to vhost '(?P<name>[^']*)' refused",
        "this client has no rights on the vHost {name}",
        "{vhosts}",
    ),
    RefusalRule(
        530,
        r"reached the negotiated channel_max",
        "the client opened more channels than it agreed to",
        "close channels that are done with, or keep one channel for each thread",
    ),
    RefusalRule(
        530,
        r"attempt to reuse consumer tag '(?P<name>[^']*)'",
        "the consumer tag {name} is in use on this channel",
        "leave the consumer tag empty: the broker then makes one",
    ),
)
"""530."""
