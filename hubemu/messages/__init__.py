"""Messages: the envelope, the models of each release, validation, reading, writing.

release = load_release("2.0.0")
envelope = release.parse(body, "json")       # or InvalidMessage, Unparsable..., Unreadable...
body = release.write(envelope, "xml")        # as the Hub would deliver it
"""

from hubemu.edxl import Format
from hubemu.messages.envelope.envelope import Envelope, MessageType
from hubemu.messages.errors import (
    InvalidMessage,
    MessageError,
    UnaddressedMessage,
    UnparsableMessage,
    UnreadableMessage,
    UnwritableMessage,
)
from hubemu.messages.releases.catalogue import builtin_releases, load_release
from hubemu.messages.releases.examples import example_content, example_message, example_tree
from hubemu.messages.releases.release import Release
from hubemu.messages.releases.reporting import error_report
from hubemu.messages.releases.wrapping import Letter, wrap, wrap_text
from hubemu.messages.text.json_text import dump_json, parse_json

__all__ = [
    "Envelope",
    "Format",
    "InvalidMessage",
    "Letter",
    "MessageError",
    "MessageType",
    "Release",
    "UnaddressedMessage",
    "UnparsableMessage",
    "UnreadableMessage",
    "UnwritableMessage",
    "builtin_releases",
    "dump_json",
    "error_report",
    "example_content",
    "example_message",
    "example_tree",
    "load_release",
    "parse_json",
    "wrap",
    "wrap_text",
]
