"""RabbitMQ's own log, read for what it says of clients: who came in, and what was refused.

RabbitMQ tells of a refusal in two lines, the first of which says where it happened and ends in a
colon. Both bear the time and the process; a further line of the same entry does too.

The lines are those of 3.10 to 4.x, colours or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hubemu.broker.core.errors import REPLY_NAMES
from hubemu.broker.protocol.auth import Peer
from hubemu.broker.protocol.refused import Refused, Scope

__all__ = ["Connected", "LogReader", "TlsAlert"]

_LINE = re.compile(
    r"(?:\x1b\[[0-9;]*m)?(?P<at>\d{4}-\d\d-\d\d \S+) \[(?P<level>\w+)\] (?P<process><[\d.]+>) ?"
    r"(?P<text>.*?)(?:\x1b\[0m)?"
)
_WHERE = re.compile(
    r"\((?P<peer>\S+) -> [^,)]+(?:, vhost: '(?P<vhost>[^']*)')?(?:, user: '(?P<user>[^']*)')?"
    r"(?:, duration: '[^']*')?(?:, state: (?P<state>\w+))?\)"
)
_CHANNEL = re.compile(r", channel (\d+):$")
_OPERATION = re.compile(
    r"(?:operation (?P<method>[\w.]+) caused a (?:channel|connection) exception )(?P<name>\w+): "
    r"(?P<text>.*)",
    re.DOTALL,
)
_CAME_IN = re.compile(
    r"connection (?:<[\d.]+> \()?(?P<peer>\S+) -> .*: "
    r"user '(?P<user>[^']*)' authenticated and granted access to vhost '(?P<vhost>.*)'"
)
"""RabbitMQ 4 leaves out process and brackets; a client may have put a name before the colon."""
_ALERT = re.compile(r"TLS server: .*? generated SERVER ALERT: Fatal - (.*)")
_CODES = {name.lower(): code for code, name in REPLY_NAMES.items()}
_LEFT = ("client unexpectedly closed TCP connection", "{handshake_timeout,")
"""What ends a login that the client gave up. Of two or three in a hundred that close their socket
then Erlang's TLS does not see it: their end comes as a timeout, ten seconds later."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A client is connected."""

    peer: str
    user: str
    vhost: str


@dataclass(frozen=True, slots=True)
class TlsAlert:
    """A handshake was refused; RabbitMQ tells neither whose nor with which certificate."""

    alert: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Entry:
    at: str
    process: str
    lines: list[str]


class LogReader:
    """Finds in the log of a node what happened to its clients; feed it as the log grows."""

    def __init__(self) -> None:
        self._rest = ""
        self._entry: _Entry | None = None

    def feed(self, text: str) -> Iterator[Connected | Refused | TlsAlert]:
        """What the lines that are complete by now tell."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            done = self._take(line)
            if done is not None:
                yield from _told(done)

    def pause(self) -> Iterator[Connected | Refused | TlsAlert]:
        """What the last entry tells, when nothing has come behind it for a while."""
        entry, self._entry = self._entry, None
        if entry is not None:
            yield from _told(entry)

    def _take(self, line: str) -> _Entry | None:
        """Put a line where it belongs; the entry that it ends."""
        found = _LINE.fullmatch(line)
        entry = self._entry
        if found is None:
            return None  # banners, crash reports
        text = _once_encoded(found["text"])
        if entry is not None and (entry.at, entry.process) == (found["at"], found["process"]):
            entry.lines.append(text)
            return None
        self._entry = _Entry(found["at"], found["process"], [text])
        return entry


def _once_encoded(text: str) -> str:
    """What clients wrote in UTF-8: into a file RabbitMQ encodes each of its octets once more."""
    try:
        return text.encode("latin-1").decode()
    except ValueError:
        return text


def _told(entry: _Entry) -> Iterator[Connected | Refused | TlsAlert]:
    head, *rest = entry.lines
    alert = _ALERT.match(head)
    if alert is not None:
        yield TlsAlert(alert[1], " ".join(rest).strip(" -"))
        return
    came_in = _CAME_IN.match(head)
    if came_in is not None:
        yield Connected(came_in["peer"], came_in["user"], came_in["vhost"])
        return
    where = _WHERE.search(head)
    if where is not None and rest:
        refused = _refused(head, where, "\n".join(rest))
        if refused is not None:
            yield refused


def _refused(head: str, where: re.Match[str], text: str) -> Refused | None:
    channel = _CHANNEL.search(head)
    operation = _OPERATION.match(text)
    method, code, words = "", 0, text
    if operation is not None:
        method, name = operation["method"], operation["name"]
        code = _CODES.get(name, 0)
        words = f"{name.upper()} - {operation['text']}"
    scope = _scope(head, where, text)
    if scope is None:
        return None
    if scope == "vhost":
        method, code, words = "connection.open", 530, f"NOT_ALLOWED - {text}"
    return Refused(
        scope=scope,
        peer=Peer(address=where["peer"]),
        user=where["user"] or "",
        vhost=where["vhost"] or _vhost_in(text),
        channel=int(channel[1]) if channel else 0,
        method=method,
        code=code,
        text=words,
    )


def _scope(head: str, where: re.Match[str], text: str) -> Scope | None:
    """What the client lost; `None` if nothing was refused: it just went away."""
    if head.startswith("Channel error"):
        return "channel"
    if head.startswith("Error on AMQP connection"):
        if where["state"] == "opening":
            return "vhost"
        return "connection" if where["vhost"] else "login"
    if where["vhost"] is None and where["user"] is None and text.startswith(_LEFT):
        return "login"
    return "connection" if "missed heartbeats" in text else None


def _vhost_in(text: str) -> str:
    named = re.search(r"vhost '?(\S+?)'? (?:not found|refused)", text)
    return named[1] if named else ""
