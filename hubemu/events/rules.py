"""The broker's refusals one by one: what each means on the Hub, and its mend.

The first rule whose code, scope, method and pattern fit is the one that speaks.
"""

from __future__ import annotations

from hubemu.events.access_rules import LOGINS, RIGHTS, VHOSTS
from hubemu.events.rule import PASSIVE, RefusalRule

__all__ = ["RULES"]

_NO_PLACE = RefusalRule(
    0,
    r"^too many connections: (?P<said>.*)",
    "there is no place for one more connection: {said}",
    "close connections that are not used, and keep one open instead of one for each message; "
    "for more open files raise `ulimit -n` before the start",
)

_OBJECTS: tuple[RefusalRule, ...] = (
    # 404
    RefusalRule(
        404,
        r"no queue '(?P<name>[^']*)'",
        "there is no queue {name} on this vHost",
        "the queues of this client are {queues}: mind upper and lower case",
    ),
    RefusalRule(
        404,
        r"no exchange '(?P<name>[^']*)'",
        "there is no exchange {name} on this vHost",
        "publish to the exchange {hub} with your own id, {key}, as the routing key",
    ),
    RefusalRule(
        404, r"no binding", "there is no such binding", "leave {method} out: nothing is to bind"
    ),
    # 405, 406
    RefusalRule(
        405,
        r"locked queue '(?P<name>[^']*)'",
        "{name} is the exclusive queue of another connection",
        "use it on the connection that declared it",
    ),
    RefusalRule(
        406,
        r"unknown delivery tag (?P<name>\d+)",
        "delivery tag {name} was settled before, or belongs to another channel",
        "acknowledge each delivery once, on the channel it came on; with automatic acknowledgement "
        "(no_ack) not at all",
    ),
    RefusalRule(
        406,
        r"timed? ?out|timeout",
        "a delivery was not acknowledged in time",
        "acknowledge each delivery as soon as it is treated",
    ),
    RefusalRule(
        406,
        r"user_id property set to '(?P<name>[^']*)'",
        "the property user_id says {name}, which is not the user who is logged in",
        "leave user_id out",
    ),
    RefusalRule(
        406,
        r"inequivalent arg '(?P<name>[^']*)'",
        "the object exists with another value of {name}",
        PASSIVE,
    ),
    RefusalRule(
        406,
        r"invalid expiration '(?P<name>[^']*)'",
        "the property expiration, {name}, is not a number of milliseconds",
        'write it as digits in a string, such as "60000", or leave it out: the Hub sets it from '
        "dateTimeExpires",
    ),
    RefusalRule(
        406,
        r"delivery_mode_unknown,(?P<name>\d+)",
        "there is no delivery mode {name}",
        "publish persistent: delivery_mode 2",
    ),
    RefusalRule(
        406,
        r"message size (?P<name>\d+) is larger",
        "the message has {name} octets, more than the broker takes",
        "send a smaller message: those of the Hub have a few kilobytes",
    ),
    RefusalRule(
        406,
        r"",
        "it contradicts what exists or what was said before on this channel",
        "open a new channel and do not repeat {method} as it was",
    ),
)
"""Queues, exchanges and deliveries that are not there or not as they were said to be."""

_PROTOCOL: tuple[RefusalRule, ...] = (
    RefusalRule(
        320,
        r"",
        "the Hub ended the connection: it stops, its phase changed, or an operator asked for it",
        "connect again, after a pause that grows, with the certificate that the phase takes",
    ),
    RefusalRule(
        540,
        r"global",
        "quorum queues know no prefetch for a whole channel",
        "call basic.qos with global=false",
    ),
    RefusalRule(540, r"", "the broker does not implement this", "leave it out: {method}"),
    RefusalRule(
        0,
        r"missed heartbeats",
        "nothing came from the client during two heartbeats",
        "let the client's loop run while a message is treated (pika: process_data_events, or a "
        "thread for the work), or ask for longer heartbeats",
    ),
    RefusalRule(
        504,
        r"expected 'channel\.open'",
        "the channel is not open: it never was, or it was closed",
        "open a channel first, and a new one after each refusal that closed one",
    ),
    RefusalRule(
        505,
        r"",
        "a frame came where another one had to come",
        "do not use one channel from several threads at once",
    ),
    RefusalRule(
        501,
        r"",
        "what came is no frame that can be read",
        "look for a proxy or a library that changes bytes on the way; speak AMQP 0-9-1",
    ),
    RefusalRule(
        503,
        r"",
        "clients may not send {method}",
        "use a client library for AMQP 0-9-1",
    ),
    RefusalRule(
        506,
        r"",
        "a limit of the broker is reached",
        "close what is not needed any more, and send less at once",
    ),
    RefusalRule(
        541,
        r"",
        "the broker could not do what was asked",
        "look into the log of the Hub; if nothing is wrong with what was sent, report it",
    ),
    RefusalRule(None, r"", "{method} is not possible", "see the text of the refusal"),
)
"""What ends connections and channels, and what the broker cannot do."""

RULES: tuple[RefusalRule, ...] = (_NO_PLACE, *RIGHTS, *LOGINS, *VHOSTS, *_OBJECTS, *_PROTOCOL)
