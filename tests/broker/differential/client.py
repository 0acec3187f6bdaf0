"""One connection of a dialogue: what it says, and everything that it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from hubemu.broker.wire.properties import decode_properties
from tests.broker.differential.values import from_field
from tests.support.amqp_dialogue import GOODBYE, Reply, method
from tests.support.queue_talk import Line

__all__ = ["Client", "Pending"]

_PING: Final = ("access.request", "access.request_ok")
"""A method that changes nothing, and its answer: all that came before was done before."""
_UNTOLD: Final = ("channel.open_ok", "channel.close_ok", _PING[1])
_ASYNCHRONOUS: Final = ("basic.deliver", "basic.cancel")


class Pending(NamedTuple):
    """A delivery to be settled; its tag is the broker's own business."""

    step: int
    consumer: str
    tag: int


@dataclass
class _Content:
    """A method with content whose body has not all come."""

    told: dict[str, Any]
    left: int = 0
    body: bytes = b""


class _Channel:
    """What is known of an open channel."""

    def __init__(self) -> None:
        self.pending: list[Pending] = []
        self.no_ack: set[str] = set()
        self.published: int | None = None
        """Messages since confirm.select."""
        self.unconfirmed: set[int] = set()
        self.pinged = False


class Client:
    """A connection whose channels are opened when they are needed."""

    def __init__(self, line: Line) -> None:
        self.lost = False
        self.noted = 0
        """How much came altogether."""
        self.told: dict[int, list[dict[str, Any]]] = defaultdict(list)
        """What came on each channel since it was taken last."""
        self.channels: dict[int, _Channel] = {}
        self.step = 0
        self._line = line
        self._content: dict[int, _Content] = {}

    # Saying

    def say(self, number: int, *data: bytes) -> None:
        """Send frames on a channel; nothing if the connection is lost."""
        if self.lost:
            return
        if number not in self.channels:
            self.channels[number] = _Channel()
            data = (method(number, "channel.open"), *data)
        try:
            self._line.send(b"".join(data))
        except ConnectionError:
            self._gone()

    def call(self, number: int, name: str, **fields: Any) -> Mapping[str, Any]:
        """Ask something, on a channel on which nothing else is said."""
        self.say(number, method(number, name, **fields))
        while not self.told[number]:
            if self.lost:
                raise ConnectionError(f"the connection was lost when {name} was asked")
            self._read()
        return self.told[number].pop(0)

    def await_answer(self) -> None:
        """Wait for the answer to what was said last, or for the end."""
        before = self.noted
        while not self.lost and self.noted == before:
            self._read()

    def ping(self) -> None:
        """Wait until everything that was said is done."""
        for number, channel in list(self.channels.items()):
            channel.pinged = True
            self.say(number, method(number, _PING[0], **_ACCESS))
        while not self.lost and any(channel.pinged for channel in self.channels.values()):
            self._read()

    def await_confirms(self) -> None:
        """Wait for what the broker must say of what was published."""
        try:
            while any(channel.unconfirmed for channel in self.channels.values()):
                self._read()
        except TimeoutError:
            self._tell(0, {"method": "no confirm"})

    def close_channel(self, number: int) -> None:
        """End a channel in order."""
        self.say(number, method(number, "channel.close", **_END))
        while number in self.channels:
            self._read()

    def close(self) -> None:
        """End it in order."""
        if not self.lost:
            self._line.send(GOODBYE)
            while not self.lost:
                self._read()

    def drop(self) -> None:
        """End it without a word."""
        self._gone()

    def take(self) -> dict[str, list[dict[str, Any]]]:
        """What came; what the broker says on its own is sorted by its consumer."""
        told = {str(number): _ordered(came) for number, came in sorted(self.told.items()) if came}
        self.told.clear()
        return told

    # Being told

    def _read(self) -> None:
        try:
            self._note(self._line.next())
        except ConnectionError:
            if not self.lost:
                self._tell(0, {"method": "connection lost"})
            self._gone()

    def _gone(self) -> None:
        self.lost = True
        self.channels.clear()
        self._line.drop()

    def _tell(self, number: int, told: dict[str, Any]) -> None:
        self.noted += 1
        self.told[number].append(told)

    def _note(self, reply: Reply) -> None:
        number, name, fields = reply
        match name:
            case "header" | "body":
                self._note_content(number, name, fields["payload"])
            case "basic.deliver" | "basic.get_ok" | "basic.return":
                self._content[number] = _Content(_told(name, fields))
                self._note_delivery(number, fields)
            case "basic.ack" | "basic.nack":
                self._note_confirm(number, name, fields)
            case "connection.close" | "connection.close_ok":
                self._note_end(name, fields)
            case "channel.close":
                self._tell(number, _told(name, fields))
                self.channels.pop(number, None)
                self._line.send(method(number, "channel.close_ok"))
            case "channel.close_ok":
                self.channels.pop(number, None)
            case _ if name == _PING[1]:
                self.channels[number].pinged = False
            case _ if name not in _UNTOLD:
                self._note_answer(number, name, fields)

    def _note_answer(self, number: int, name: str, fields: Mapping[str, Any]) -> None:
        channel = self.channels.get(number)
        if channel and name == "confirm.select_ok" and channel.published is None:
            channel.published = 0
        if channel and name == "basic.recover_ok":
            channel.pending.clear()
        self._tell(number, _told(name, fields))

    def _note_end(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == "connection.close":
            self._tell(0, _told(name, fields))
            self._line.send(method(0, "connection.close_ok"))
        self._gone()

    def _note_delivery(self, number: int, fields: Mapping[str, Any]) -> None:
        channel = self.channels.get(number)
        tag = fields.get("consumer_tag", "")
        if channel and "delivery_tag" in fields and tag not in channel.no_ack:
            channel.pending.append(Pending(self.step, tag, fields["delivery_tag"]))

    def _note_content(self, number: int, kind: str, payload: bytes) -> None:
        content = self._content[number]
        if kind == "header":
            content.left = int.from_bytes(payload[4:12])
            properties = decode_properties(payload[12:])
            content.told["properties"] = {
                name: from_field(getattr(properties, name))
                for name in properties.__struct_fields__
                if getattr(properties, name) is not None
            }
        else:
            content.body += payload
            content.left -= len(payload)
        if content.left <= 0:
            content.told["body"] = content.body.decode()
            self._tell(number, self._content.pop(number).told)

    def _note_confirm(self, number: int, name: str, fields: Mapping[str, Any]) -> None:
        channel = self.channels.get(number)
        if channel is None:
            return
        upto, multiple = fields["delivery_tag"], fields["multiple"]
        meant = {tag for tag in channel.unconfirmed if tag == upto or (multiple and tag <= upto)}
        channel.unconfirmed -= meant
        for tag in sorted(meant):
            self._tell(number, {"method": f"confirm {name}", "tag": tag})


_END: Final = {"reply_code": 200, "reply_text": "", "class_id": 0, "method_id": 0}
_ACCESS: Final = {
    "realm": "",
    "exclusive": False,
    "passive": False,
    "active": False,
    "write": False,
    "read": False,
}


def _told(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared of a method: all but what is the broker's own business."""
    own = {key: from_field(value) for key, value in fields.items() if key != "delivery_tag"}
    if "reply_text" in own:
        own["reply_text"] = " ".join(own["reply_text"].split())
    return {"method": name} | own


def _ordered(came: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers as they came, confirms by number, then what came by itself, by consumer."""
    confirms = [one for one in came if one["method"].startswith("confirm basic")]
    alone = [one for one in came if one["method"] in _ASYNCHRONOUS]
    answers = [one for one in came if one not in confirms and one not in alone]
    return [
        *answers,
        *sorted(confirms, key=lambda one: int(one["tag"])),
        *sorted(alone, key=lambda one: str(one["consumer_tag"])),
    ]
