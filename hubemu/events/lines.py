"""An event as one line for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hubemu.printable import printable

__all__ = ["Paint", "change_lines", "line", "plain", "short_id", "sum_line"]

Paint: TypeAlias = Callable[[str, str], str]
"""Gives a text in a colour, or as it is."""

_PREFIXES = ("fr.health.", "fr.fire.nexsis.")
_PROBLEM = " - "
_CAUSE = 240
"""Characters of a cause that are shown; the whole stands in the journal."""
_COLOURS: Mapping[str, str] = {
    "connected": "cyan",
    "held": "magenta",
    "routed": "green",
    "delivered": "green",
    "acknowledged": "green",
    "rejected": "red",
    "refused": "red",
    "dead-lettered": "yellow",
    "dropped": "yellow",
    "closed": "yellow",
    "fault": "magenta",
    "warning": "yellow",
}


def plain(text: str, colour: str) -> str:
    """A `Paint` without colours."""
    del colour
    return text


def line(told: Mapping[str, Any], paint: Paint = plain) -> str:
    """The line of an event in its JSON form: the time (UTC), what happened, to whom, the mend."""
    teller = _TELLERS.get(told["kind"], _message)
    return f"{_head(told['at'], told['kind'], paint)} {printable(teller(told))}"


def sum_line(told: Mapping[str, Any], count: int, paint: Paint = plain) -> str:
    """The line of `count` messages that went the same way, the last of which is `told`."""
    head = _head(told["at"], told["kind"], paint)
    if told["kind"] == "fault":
        rule = f"{told['rule']} ({told['where']} {told['effect']})"
        return f"{head} {printable(rule)}, {count:,} more strikes"
    return f"{head} {count:,} messages {_way(told)} {told['type'] or '?'}"


def _head(at: str, kind: str, paint: Paint) -> str:
    time_of_day = at.partition("T")[2].removesuffix("Z")
    return f"{time_of_day} {paint(f'{kind:<13}', _COLOURS.get(kind, 'magenta'))}"


def short_id(client: str | None) -> str:
    """A client id without the prefix that all of a force share."""
    if client is None:
        return "?"
    for prefix in _PREFIXES:
        if client.startswith(prefix) and len(client) > len(prefix):
            return client.removeprefix(prefix)
    return client


def _message(told: Mapping[str, Any]) -> str:
    head = f"{told['id']} {_way(told)} {told['type'] or '?'} on {told['vhost']}"
    error = told["errorCode"]
    if error is not None:
        cause = _shortened(told["errorCause"] or "")
        mend = f" -- {told['mend']}" if told.get("mend") else ""
        return f"{head}: {error['statusCode']} {error['statusString']}: {cause}{mend}"
    if told.get("reason"):
        return f"{head}: {told['reason']}"
    return f"{head} to {told['queue']}" if told["queue"] else head


def _way(told: Mapping[str, Any]) -> str:
    return f"{short_id(told['sender'])} -> {short_id(told['recipient'])}"


def _connected(facts: Mapping[str, Any]) -> str:
    certificate = facts["certificate"] or {}
    program = " ".join(filter(None, (facts["product"], facts["productVersion"])))
    parts = (
        f"{short_id(facts['client'])} on {facts['vhost']}",
        facts["tlsVersion"],
        f"CN={certificate['commonName']}" if certificate.get("commonName") else None,
        f"from {facts['peer']}",
        program,
    )
    return ", ".join(part for part in parts if part)


def _refused(facts: Mapping[str, Any]) -> str:
    who = short_id(facts["client"]) if facts["client"] else facts["peer"]
    where = f" on {facts['vhost']}" if facts.get("vhost") else ""
    what = "TLS" if facts["scope"] == "tls" else facts["scope"]
    if facts.get("channel"):
        what = f"channel {facts['channel']}"
    method = f", {facts['method']}" if facts.get("method") else ""
    text = f"{facts['code']} {facts['text']}" if facts["code"] else facts["text"]
    mend = f"; {facts['mend']}" if facts["mend"] else ""
    return f"{who}{where}, {what}{method}: {text} -- {facts['why']}{mend}"


def _phase(facts: Mapping[str, Any]) -> str:
    dropped = facts["disconnected"]
    closed = f", {dropped} connections closed" if dropped else ""
    return f"{facts['before']} -> {facts['phase']}{closed}"


def _certificates(facts: Mapping[str, Any]) -> str:
    if "bound" in facts:
        return f"{facts['bound']!r} logs in as {', '.join(facts['clients'])} from now on"
    if "revoked" in facts:
        return f"{facts['revoked']!r} is revoked, on the list of {facts['authority']}"
    where = f"in phase {facts['inPhase']}" if facts["inPhase"] else "in every phase"
    return f"trusted from now on {where}: {', '.join(facts['trusted'])}"


def change_lines(facts: Mapping[str, Any]) -> list[str]:
    """What a change of the routing tables did, a line each."""
    lines = [
        f"{word} {what} {', '.join(facts[part][word])}"
        for part, what in (("clients", "client"), ("vhosts", "vHost"))
        for word in ("added", "changed", "removed")
        if facts[part][word]
    ]
    if closed := facts["disconnected"]:
        lines.append(f"closed {closed} connection{'s' if closed > 1 else ''}")
    return lines


def _routing(facts: Mapping[str, Any]) -> str:
    return "; ".join(change_lines(facts)) or "other types of messages"


def _clock(facts: Mapping[str, Any]) -> str:
    return f"moved forward by {facts['advanced']:g} s to {facts['now']}"


def _check(facts: Mapping[str, Any]) -> str:
    detail = _shortened(facts["detail"])
    return f"{facts['id']} {facts['step']}" + (f": {detail}" if detail else "")


def _reset(facts: Mapping[str, Any]) -> str:
    del facts
    return "queues emptied, faults cleared, journal forgotten, clients, phase and clock as at start"


def _restored(facts: Mapping[str, Any]) -> str:
    messages = facts["messages"]
    return f"the Hub is as it was at snapshot {facts['name']!r}, with {messages:,} messages waiting"


def _warning(facts: Mapping[str, Any]) -> str:
    return f"{facts['logger']}: {facts['text']}"


def _fault(facts: Mapping[str, Any]) -> str:
    head = f"{facts['rule']} ({facts['where']} {facts['effect']}), strike {facts['strike']:,}"
    if facts["sender"]:
        whom = f"{_way(facts)} {facts['type'] or '?'}"
    else:
        whom = short_id(facts["client"]) if facts["client"] else ""
    place = f" on {facts['vhost']}" if facts["vhost"] else ""
    return f"{head}: {whom}{place}" if whom or place else head


def _shortened(cause: str) -> str:
    """A cause on one line: of a text with problems, the problems alone."""
    problems = [line.removeprefix(_PROBLEM) for line in cause.splitlines() if _PROBLEM in line[:3]]
    one_line = " ".join(("; ".join(problems) or cause).split())
    return one_line if len(one_line) <= _CAUSE else f"{one_line[:_CAUSE]}..."


_TELLERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {  # all else is a message
    "connected": _connected,
    "refused": _refused,
    "closed": _refused,
    "phase": _phase,
    "certificates": _certificates,
    "routing": _routing,
    "clock": _clock,
    "reset": _reset,
    "restored": _restored,
    "warning": _warning,
    "check": _check,
    "fault": _fault,
}
