"""A sequence diagram as inline SVG, drawn by us: actors, the Hub between them, arrows in order."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from hubemu.scenarios.results import Evidence

__all__ = ["diagram"]

_COLUMN = 210
_ROW = 30
_TOP = 58
_LONGEST = 28


def diagram(actors: Sequence[tuple[str, str]], messages: Sequence[tuple[Evidence, bool]]) -> str:
    """The SVG of `messages`, each with whether it was sent (else received), between `actors`,
    which are names with client ids; each arrow leads to the message's place in the page."""
    columns = [*actors[:1], ("Hub", "fr.health.hub"), *actors[1:]]
    places = {client: _COLUMN // 2 + at * _COLUMN for at, (_, client) in enumerate(columns)}
    width = _COLUMN * len(columns)
    height = _TOP + _ROW * (len(messages) + 1)
    heads = [_head(places[client], name, client, height) for name, client in columns]
    arrows = [
        _arrow(number, evidence, sent=sent, places=places)
        for number, (evidence, sent) in enumerate(messages)
    ]
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'xmlns="http://www.w3.org/2000/svg">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>'
        + "".join([*heads, *arrows])
        + "</svg>"
    )


def _head(x: int, name: str, client: str, height: int) -> str:
    return (
        f'<text x="{x}" y="18" text-anchor="middle" class="name">{escape(name)}</text>'
        f'<text x="{x}" y="34" text-anchor="middle" class="id">{escape(client)}</text>'
        f'<line x1="{x}" y1="42" x2="{x}" y2="{height - 6}" class="life"/>'
    )


def _arrow(number: int, one: Evidence, *, sent: bool, places: dict[str, int]) -> str:
    y = _TOP + _ROW * number + 14
    hub = places["fr.health.hub"]
    own = places.get(one.sender if sent else one.recipient, hub)
    start, end = (own, hub) if sent else (hub, own)
    label = one.label if len(one.label) <= _LONGEST else f"{one.label[:_LONGEST]}…"
    kind = "error" if "RS-ERROR" in one.label or one.label.startswith("error") else "good"
    return (
        f'<a href="#m{number}"><line x1="{start}" y1="{y}" x2="{end}" y2="{y}" '
        f'class="arrow {kind}" marker-end="url(#tip)"/>'
        f'<text x="{(start + end) // 2}" y="{y - 5}" text-anchor="middle" class="label">'
        f"{escape(label)}</text></a>"
    )
