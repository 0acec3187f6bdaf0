"""Text that came from elsewhere, made fit to be shown: on a terminal, in a log, in JSON."""

from __future__ import annotations

import re

__all__ = ["printable"]

_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, what turns the direction of writing or cannot be seen, lone surrogates."""


def printable(text: str) -> str:
    r"""`text` on one line, each character that a terminal would obey or hide escaped.

    What is up to U+00FF becomes `\xNN`, all else `\uNNNN`; an octet that was not UTF-8 (a lone
    surrogate, see `hubemu.broker.wire.text`) becomes `\xNN` again.
    """
    if text.isprintable() and text.isascii():
        return text
    return _UNFIT.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
