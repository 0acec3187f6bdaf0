"""What is wrong with a file as a file, in plain words: encoding, byte order mark, where it is cut.

The Hub's verdict is another matter: it lets some of it through, damaged (facts: hub 10).
"""

from __future__ import annotations

import orjson

from hubemu.edxl import JSON
from hubemu.errors import InputError

__all__ = ["file_remarks", "parse_problem", "require_readable"]

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_REPLACEMENT = "\ufffd".encode()


def require_readable(body: bytes, content_type: str, source: object) -> None:
    """See that a file holds JSON or XML at all.

    Raises:
        InputError: it is empty, cut, or no text, with the place.
    """
    problem = _emptiness(body) or _encoding(body) or parse_problem(body, content_type)
    if problem is not None:
        raise InputError(source, problem)


def file_remarks(body: bytes, content_type: str) -> list[str]:
    """What a person would want to mend in a file, whatever the Hub says of it."""
    empty = _emptiness(body)
    if empty is not None:
        return [empty]
    told = [_encoding(body), _byte_order_mark(body), parse_problem(body, content_type)]
    if _REPLACEMENT in body:
        told.append(
            f"holds U+FFFD at {_place(body, body.index(_REPLACEMENT))}: a letter was lost when the "
            "text was read in another encoding"
        )
    return [one for one in told if one is not None]


def parse_problem(body: bytes, content_type: str) -> str | None:
    """Where JSON or XML ends to be such, and what to do; `None` if it is well-formed."""
    content = body.removeprefix(_BOM)
    return _json_problem(content) if content_type == JSON else _xml_problem(content)


def _json_problem(body: bytes) -> str | None:
    try:
        orjson.loads(body.decode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip())
        what = "the JSON is cut off" if cut else f"not valid JSON ({error.msg})"
        return f"{what} at line {error.lineno}, column {error.colno}"
    return None


def _xml_problem(body: bytes) -> str | None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = error.msg.partition(", line")[0]
        return f"not well-formed XML at line {line}, column {column}: {reason}"
    except ValueError as error:
        return f"not well-formed XML: {error}"
    return None


def _emptiness(body: bytes) -> str | None:
    return None if body.strip() else "is empty: write a message into it (hubemu models example)"


def _encoding(body: bytes) -> str | None:
    if body.startswith(_UTF_16):
        return "is UTF-16: save it as UTF-8"
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 at {_place(body, error.start)}: save it as UTF-8"
    return None


def _byte_order_mark(body: bytes) -> str | None:
    if body.startswith(_BOM):
        return "begins with a byte order mark: save it as UTF-8 without BOM"
    return None


def _place(body: bytes, position: int) -> str:
    before = body[:position]
    line = before.count(b"\n") + 1
    column = position - (before.rfind(b"\n") + 1) + 1
    return f"line {line}, byte {column}"
