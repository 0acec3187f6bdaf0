"""What a client sends on a fresh connection, and the close that RabbitMQ 3.10 answers at the end.

Channels 1 and 2 are open. Queues are the connection's own, so that nothing is left of a case.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, TypeAlias

from hubemu.broker.wire.fields import Binary, Int64, Timestamp
from hubemu.broker.wire.properties import encode_properties
from hubemu.properties import Properties
from tests.support.amqp_dialogue import method, publish
from tests.support.amqp_errors import Close

__all__ = ["CHANNEL_CLOSES", "CONNECTION_CLOSES", "declare"]

Cases: TypeAlias = dict[str, tuple[bytes, Close]]
REPLY_TO: Final = "amq.rabbitmq.reply-to"
PROCESS: Final = "g1h2AA1yZXBseUA2MTU5MzgwAAAl9gAAAABrCppl"
"""A process, as an address begins with."""
INVENTED: Final = (
    "x.y",
    ".x.y",
    "x.y.",
    "g2E=.AAAA",
    "g2EB.AAAA",
    "g2QAA2Zvbw==.AAAA",
    "g2dkABByZXBseUAxNDM5NTY.AAAA",
    f"{PROCESS}AA==.AAAA",
)
NOBODYS: Final = ("x", "x.", ".", "x.y.z")
FULL: Final = {"x-max-length": 1, "x-overflow": "reject-publish"}
SELECT, COMMIT = method(1, "tx.select"), method(1, "tx.commit")
PUBLISH, DECLARE, BIND = (60, 40), (50, 10), (50, 20)


def declare(arguments: dict[str, Any] | None = None, *, queue: str = "own") -> bytes:
    """The frame that declares an exclusive queue."""
    return method(1, "queue.declare", queue=queue, exclusive=True, arguments=arguments or {})


def sent(key: str = "own", **properties: Any) -> bytes:
    return publish(1, key, b"x", raw=encode_properties(Properties(**properties)))


def bind(name: str, value: object) -> bytes:
    place = {"queue": "own", "exchange": "amq.headers", "arguments": {"x-match": value}}
    return declare() + method(1, name, **place)


def _mode(value: int, key: str = "") -> tuple[bytes, Close]:
    text = f"PRECONDITION_FAILED - invalid message: {{delivery_mode_unknown,{value}}}"
    place = f"{REPLY_TO}.{key}" if key else "own"
    return sent(place, delivery_mode=value), (406, text, PUBLISH)


def _match(value: object, problem: str) -> tuple[bytes, Close]:
    text = f"PRECONDITION_FAILED - Invalid x-match field {problem}"
    return bind("queue.bind", value), (406, text, BIND)


def _type(value: object, shown: str) -> tuple[bytes, Close]:
    return _match(value, f"type {shown}; expected longstr")


def _again(name: str, current: object, received: object, shown: str) -> tuple[bytes, Close]:
    first = {"x-dead-letter-exchange": "d", name: current}
    text = f"inequivalent arg '{name}' for queue 'own' in vhost '/': received {shown}"
    data = declare(first) + declare(first | {name: received})
    return data, (406, f"PRECONDITION_FAILED - {text}", DECLARE)


def _invalid(name: str, value: object, problem: str, **further: object) -> tuple[bytes, Close]:
    text = f"PRECONDITION_FAILED - invalid arg '{name}' for queue 'own' in vhost '/'{problem}"
    return declare({name: value, **further}), (406, text, DECLARE)


_PARTIAL: Final[Close] = (406, "PRECONDITION_FAILED - partial tx completion", (90, 20))
_FOREIGN = " of queue type rabbit_classic_queue"

CHANNEL_CLOSES: Final[Cases] = {
    "commit into a full queue": (declare(FULL) + SELECT + sent() + sent() + COMMIT, _PARTIAL),
    "commit into one full queue of two": (
        # Not a name that others leave on the node: theirs are not exclusive (405).
        declare(FULL) + declare(queue="own2") + sent() + SELECT + sent() + sent("own2") + COMMIT,
        _PARTIAL,
    ),
    "commit into a full queue with dead letters": (
        declare(FULL | {"x-overflow": "reject-publish-dlx"}) + sent() + SELECT + sent() + COMMIT,
        _PARTIAL,
    ),
    **{f"delivery mode {mode}": _mode(mode) for mode in (0, 3, 127, 255)},
    "delivery mode that is unroutable": (
        publish(1, "nowhere", b"x", raw=b"\x10\0\x03", mandatory=True),
        _mode(3)[1],
    ),
    **{f"delivery mode of an answer to {part}": _mode(3, key=part) for part in ("x", "x.y")},
    "delivery mode in a transaction": (SELECT + _mode(3)[0], _mode(3)[1]),
    "exchange before delivery mode": (
        publish(1, "k", b"x", raw=b"\x10\0\x03", exchange="none"),
        (404, "NOT_FOUND - no exchange 'none' in vhost '/'", PUBLISH),
    ),
    "user before delivery mode": (
        sent(delivery_mode=3, user_id="x"),
        (
            406,
            "PRECONDITION_FAILED - user_id property set to 'x' but authenticated user was 'guest'",
            PUBLISH,
        ),
    ),
    "expiration before delivery mode": (
        sent(delivery_mode=3, expiration="x"),
        (406, "PRECONDITION_FAILED - invalid expiration 'x': no_integer", PUBLISH),
    ),
    "CC before delivery mode": (
        sent(delivery_mode=3, headers={"CC": 1}),
        (
            406,
            'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",signedint}',
            PUBLISH,
        ),
    ),
    "expiration with a line break": (
        sent(expiration="5\n"),
        (406, "PRECONDITION_FAILED - invalid expiration '5\n': {leftover_string,\"\\n\"}", PUBLISH),
    ),
    "expiration with a control character": (
        sent(expiration="5\x01"),
        (406, "PRECONDITION_FAILED - invalid expiration '5\x01': {leftover_string,[1]}", PUBLISH),
    ),
    "x-match empty": _match("", "value <<>>; expected all, any, all-with-x, or any-with-x"),
    "x-match with a quote": _match(
        'a"b', 'value <<"a\\"b">>; expected all, any, all-with-x, or any-with-x'
    ),
    "x-match bytes": _type(Binary(b"a"), 'binary (value <<"a">>)'),
    "x-match unprintable": _type(Binary(b"\0\xff"), "binary (value <<0,255>>)"),
    "x-match number": _type(1.0e30, "double (value 1.0e30)"),
    "x-match fraction": _type(1.5, "double (value 1.5)"),
    "x-match thousand": _type(1000.0, "double (value 1.0e3)"),
    "x-match hundred": _type(-100.0, "double (value -100.0)"),
    "x-match thousandth": _type(0.001, "double (value 0.001)"),
    "x-match ten-thousandth": _type(0.00012, "double (value 1.2e-4)"),
    "x-match large": _type(123456.75, "double (value 123456.75)"),
    "x-match decimal": _type(Decimal("1.5"), "decimal (value {1,15})"),
    "x-match void": _type(None, "void (value undefined)"),
    "x-match array": _type([1, "a"], 'array (value [{signedint,1},{longstr,<<"a">>}])'),
    "x-match table": _type({"a": True}, 'table (value [{<<"a">>,bool,true}])'),
    "x-match empty table": _type({}, "table (value [])"),
    "again as fraction": _again("x-max-length", 10, 10.0, "'10.0' but current is '10'"),
    "again as flag": _again("x-max-length", 1, True, "'true' but current is '1'"),
    "again as void": _again("x-max-length", 10, None, "none but current is '10'"),
    "again as array": _again("x-max-length", 10, [10], "'[{signedint,10}]' but current is '10'"),
    "again as table": _again(
        "x-max-length", 10, {"a": 1}, "'[{<<\"a\">>,signedint,1}]' but current is '10'"
    ),
    "flag again as number": _again(
        "x-single-active-consumer", True, 1, "'1' but current is 'true'"
    ),
    "text again as void": _again("x-dead-letter-exchange", "d", None, "none but current is 'd'"),
    "type void": (
        declare() + declare({"x-queue-type": None}),
        (
            406,
            "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'own' in vhost '/': "
            "received the value 'undefined' of type 'void' but current is none",
            DECLARE,
        ),
    ),
    "delivery limit of a classic queue": _invalid("x-delivery-limit", -1, _FOREIGN),
    "strategy of a classic queue": _invalid("x-dead-letter-strategy", "a", _FOREIGN),
    "wrong before foreign": _invalid(
        "x-max-length", -1, ": {value_negative,-1}", **{"x-delivery-limit": "a"}
    ),
    "cluster size of a classic queue": _invalid("x-initial-cluster-size", 3, _FOREIGN),
    "cluster size of a quorum queue": _invalid(
        "x-initial-cluster-size",
        1,
        " of queue type rabbit_quorum_queue",
        **{"x-queue-type": "quorum"},
    ),
    "quorum queue without name": (
        declare({"x-queue-type": "quorum", "x-quorum-initial-group-size": 0}, queue=""),
        (
            406,
            "PRECONDITION_FAILED - Cannot declare a server-named queue for type "
            "rabbit_quorum_queue",
            DECLARE,
        ),
    ),
    "memory limit of a classic queue": _invalid("x-max-in-memory-length", "a", _FOREIGN),
    **{
        f"declare {address}": (
            method(1, "queue.declare", queue=f"{REPLY_TO}.{address}"),
            (404, f"NOT_FOUND - no queue '{REPLY_TO}.{address}' in vhost '/'", DECLARE),
        )
        for address in NOBODYS
    },
    "unknown type": _invalid("x-queue-type", "foo", ": \"unsupported queue type 'foo'\""),
}

_ENDED: Final[Close] = (541, "INTERNAL_ERROR", (0, 0))
CONNECTION_CLOSES: Final[Cases] = {
    "again as decimal": (
        declare({"x-max-length": 10}) + declare({"x-max-length": Decimal(10)}),
        _ENDED,
    ),
    **{
        f"locator {value!r}": (
            method(1, "queue.declare", queue="any", arguments={"x-queue-master-locator": value}),
            _ENDED,
        )
        for value in (1, "a", "", None)
    },
    **{f"answer to {address}": (sent(f"{REPLY_TO}.{address}"), _ENDED) for address in INVENTED},
    **{
        f"declare {address}": (method(1, "queue.declare", queue=f"{REPLY_TO}.{address}"), _ENDED)
        for address in INVENTED
    },
    "answer by CC": (sent("no", headers={"CC": [f"{REPLY_TO}.x.y"]}), _ENDED),
    "answer by BCC": (sent("no", headers={"BCC": [f"{REPLY_TO}.x.y"]}), _ENDED),
    "answer in a transaction": (SELECT + sent(f"{REPLY_TO}.x.y"), _ENDED),
}

SAME: Final = [
    ("a", Binary(b"a")),
    (10, 10.0),
    (10, Int64(10)),
    (10, Timestamp(10)),
    ([], {}),
    (Decimal("1.5"), Decimal("1.5")),
]
"""Values that match each other in a headers exchange."""
DIFFERENT: Final = [
    (Decimal(1), 1),
    (Decimal("10.0"), Decimal(10)),
    ([1], [1.0]),
    ({"a": 1}, {"a": Int64(1)}),
    (True, 1),
    ("10", 10),
    ("true", True),
]
