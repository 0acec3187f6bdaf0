"""What the fast ways into XML share: a body as text, its declaration, reserved namespaces."""

from __future__ import annotations

from typing import Final

__all__ = ["DECLARATION", "RESERVED", "plain_text"]

DECLARATION: Final = (
    r"""(?:<\?xml[ ]version=(?:"1\.0"|'1\.0')"""
    r"""(?:[ ]encoding=(?:"[uU][tT][fF]-8"|'[uU][tT][fF]-8'))?+[ ]?+\?>)?+[ \n\t]*+"""
)
"""How a document begins whose text is UTF-8, up to its root; as a regular expression."""
RESERVED: Final = frozenset(
    ("http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/")
)
"""Namespaces that no document may bind."""


def plain_text(body: bytes) -> str | None:
    """UTF-8 with its line ends as XML reads them; `None` if it is none."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text
