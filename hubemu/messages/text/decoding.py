"""From bytes to text, as the Hub decodes them (facts: hub 10).

The checks look at a text decoded as UTF-8 with replacement: nothing is refused for its bytes. What
an error report quotes is read from the bytes themselves, in the encoding that they show.
"""

from __future__ import annotations

import json
import re

__all__ = ["as_utf8", "detected"]

_HALF_CHARACTER = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")
"""The encoded half of a surrogate pair, one malformed sequence to Java and three to Python."""


def as_utf8(body: bytes) -> bytes:
    """The body in good UTF-8: U+FFFD for each malformed sequence, as many as Java counts."""
    if body.isascii():
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        replaced = _HALF_CHARACTER.sub("\N{REPLACEMENT CHARACTER}".encode(), body)
        return replaced.decode(errors="replace").encode()
    return body


def detected(body: bytes) -> bytes:
    """A JSON body of any Unicode encoding in UTF-8, without byte order mark.

    Raises:
        ValueError: it is malformed in the encoding that it seems to have.
    """
    return body.decode(json.detect_encoding(body)).encode()
