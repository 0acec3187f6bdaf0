"""A message of the journal as something to run elsewhere: shell, Python, Node, Java, scenario."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shlex
from collections.abc import Mapping
from importlib.resources import files

from hubemu.broker.wire.errors import MalformedError
from hubemu.broker.wire.properties import decode_properties
from hubemu.control.recipes.step import scenario_step
from hubemu.journal import Entry
from hubemu.properties import Properties

__all__ = ["recipes"]

_NAMES: Mapping[str, str] = {
    "hubemu send": "send",
    "curl": "curl",
    "Python (pika)": "pika",
    "Node (amqplib)": "amqplib",
    "Java": "java",
}
_PLACE = re.compile(r"\{\{([^}]+)\}\}")
_TRANSIENT = 1


def recipes(entry: Entry, http: str) -> dict[str, str]:
    """How to send a message again, by the name of the means.

    `curl` and `scenario step` are not there for a body that is not UTF-8: both take text.

    Args:
        entry: the message.
        http: the URL of the control API.
    """
    values = _values(entry, http)
    found = {}
    for name, file in _NAMES.items():
        template = files(__name__).joinpath(f"{file}.template").read_text("utf-8")
        if all(place in values for place in _PLACE.findall(template)):
            found[name] = _PLACE.sub(lambda place: values[place[1]], template)
    with contextlib.suppress(UnicodeDecodeError):
        found["scenario step"] = scenario_step(entry, entry.body.decode("utf-8"))
    return found


def _values(entry: Entry, http: str) -> dict[str, str]:
    properties = _properties(entry)
    is_xml = entry.body.lstrip().startswith(b"<")
    kind = properties.content_type or ("application/xml" if is_xml else "application/json")
    persistent = properties.delivery_mode != _TRANSIENT
    quoted = {"sender": entry.sender, "vhost": entry.vhost, "type": kind}
    return {
        **{name: shlex.quote(value) for name, value in quoted.items()},
        **{f'"{name}"': json.dumps(value) for name, value in quoted.items()},
        "mode": "2" if persistent else "1",
        "persistent": "true" if persistent else "false",
        "file": f"message.{'xml' if is_xml else 'json'}",
        "url": shlex.quote(f"{http}/api/v1/messages"),
        **_octets(entry, f"message.{'xml' if is_xml else 'json'}", properties),
    }


def _octets(entry: Entry, file: str, properties: Properties) -> dict[str, str]:
    """The body in each language; as text where it is text."""
    try:
        text = entry.body.decode("utf-8")
    except UnicodeDecodeError:
        encoded = base64.b64encode(entry.body).decode("ascii")
        return {
            "python octets": f'bytes.fromhex("{entry.body.hex()}")',
            "node octets": f"Buffer.from('{encoded}', 'base64')",
            "java octets": f'Base64.getDecoder().decode("{encoded}")',
            "heredoc": _heredoc(encoded, f"base64 -d > {file}"),
        }
    order = {
        "as": entry.sender,
        "vhost": entry.vhost,
        "contentType": properties.content_type,
        "body": text,
        "properties": {"delivery_mode": properties.delivery_mode},
    }
    readable = json.dumps(text, ensure_ascii=False)
    return {
        "python octets": f"{readable}.encode()",
        "node octets": f"Buffer.from({readable})",
        # Whatever javac takes the encoding of the file for.
        "java octets": f"{json.dumps(text)}.getBytes(StandardCharsets.UTF_8)",
        "heredoc": _heredoc(text, f"cat > {file}"),
        "order": shlex.quote(json.dumps(order, ensure_ascii=False)),
    }


def _heredoc(text: str, command: str) -> str:
    end = "HUBEMU"
    while end in text:
        end += "_"
    return f"{command} <<'{end}'\n{text}\n{end}"


def _properties(entry: Entry) -> Properties:
    """Those that were present; none where they cannot be decoded."""
    try:
        return decode_properties(entry.header)
    except MalformedError:
        return Properties()
