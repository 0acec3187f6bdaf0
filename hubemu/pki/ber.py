"""BER and DER (X.690): tags, lengths and contents, nothing about what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["BerValue", "encoded", "read_all", "read_one"]

_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class BerValue:
    """One value: its tag octet, its contents, and the values inside where it is constructed."""

    tag: int
    content: bytes
    inner: tuple[BerValue, ...] = ()

    @property
    def octets(self) -> bytes:
        """The contents of an octet string, which BER may give in pieces."""
        return b"".join(one.octets for one in self.inner) if self.inner else self.content

    @property
    def oid(self) -> str:
        """An object identifier in dots; empty if it is none."""
        if self.tag != 0x06 or not self.content:
            return ""
        numbers, number = [], 0
        for octet in self.content:
            number = number << 7 | octet & 0x7F
            if not octet & 0x80:
                numbers.append(number)
                number = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))

    @property
    def number(self) -> int:
        """An integer."""
        return int.from_bytes(self.content, signed=True)

    def walk(self) -> Iterator[BerValue]:
        """This value and all inside it."""
        yield self
        for one in self.inner:
            yield from one.walk()


def encoded(tag: int, content: bytes) -> bytes:
    """One value in DER."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def read_one(data: bytes) -> BerValue:
    """The first value in `data`.

    Raises:
        ValueError: it is no BER.
    """
    return _value(data, 0, 0)[0]


def read_all(data: bytes) -> tuple[BerValue, ...]:
    """The values in `data`, one after the other (ValueError: it is no BER)."""
    return _values(data, 0, len(data), 0)


def _values(data: bytes, start: int, end: int, depth: int) -> tuple[BerValue, ...]:
    found = []
    while start < end:
        value, start = _value(data, start, depth)
        found.append(value)
    if start != end:
        raise ValueError("a value is longer than what holds it")
    return tuple(found)


def _value(data: bytes, start: int, depth: int) -> tuple[BerValue, int]:
    if depth > _DEEPEST:
        raise ValueError("values too deep inside one another")
    if start + 2 > len(data) or data[start] & 0x1F == 0x1F:
        raise ValueError("not a value of BER")
    tag, first, at = data[start], data[start + 1], start + 2
    if first == 0x80:
        return _open_ended(data, tag, at, depth)
    length = first
    if first & 0x80:
        size = first & 0x7F
        length = int.from_bytes(data[at : at + size])
        at += size
    end = at + length
    if end > len(data):
        raise ValueError("a value is cut short")
    inner = _values(data, at, end, depth + 1) if tag & 0x20 else ()
    return BerValue(tag, data[at:end], inner), end


def _open_ended(data: bytes, tag: int, at: int, depth: int) -> tuple[BerValue, int]:
    """A value of indefinite length, as Windows and old Java write it: it ends with two zeros."""
    start, inner = at, []
    while data[at : at + 2] != b"\0\0":
        value, at = _value(data, at, depth + 1)
        inner.append(value)
    return BerValue(tag, data[start:at], tuple(inner)), at + 2
