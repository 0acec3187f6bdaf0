"""Makes terminal.svg from a real run: python docs/pictures/terminal.py

A Hub of its own, a few clients, a few mistakes; what its terminal wrote becomes the picture.
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import pika.exceptions

from tests.support.live import LiveHub, live_hub
from tests.support.messages import as_bytes, envelope
from tests.support.mistakes import MISTAKES, A, C

SHOWN = (
    "routing key of somebody else",
    "active declaration of a queue",
    "field missing",
    "expired",
)
WIDTH, LINE, LEFT, TOP = 118, 18, 16, 28
COLOURS = {
    "connected": "#56b6c2",
    "routed": "#98c379",
    "refused": "#e06c75",
    "rejected": "#e06c75",
    "phase": "#c678dd",
}


def play(hub: LiveHub) -> None:
    """A good exchange, then mistakes."""
    with hub.connect(A) as client:
        client.publish(as_bytes(envelope(A, C)))
    for mistake in MISTAKES:
        if mistake.name in SHOWN:
            try:
                mistake.act(hub)
            except pika.exceptions.AMQPError as error:
                print(f"{mistake.name}: {error}", file=sys.stderr)  # a script
    hub.http("PUT", "/api/v1/phase", {"phase": "dual"})


def svg(lines: list[str]) -> str:
    """The lines, wrapped, the word of each event in its colour."""
    rows: list[str] = []
    for line in lines:
        first, *rest = textwrap.wrap(line, WIDTH, break_long_words=False)
        rows.append(_row(len(rows), first))
        for more in rest:
            rows.append(_row(len(rows), " " * 13 + more))
    height = TOP + LINE * len(rows) + 16
    width = LEFT * 2 + int((WIDTH + 13) * 7.4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="monospace" font-size="12">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#1e2127"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def _row(number: int, text: str) -> str:
    time, _, rest = text.partition(" ")
    word, gap, told = rest.partition(" ")
    y = TOP + LINE * number
    if word in COLOURS:
        content = f'{time} <tspan fill="{COLOURS[word]}">{word}</tspan>{gap}{escape(told)}'
    else:
        content = escape(text)
    return f'<text x="{LEFT}" y="{y}" fill="#abb2bf" xml:space="preserve">{content}</text>'


def main() -> None:
    """Play and draw."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with live_hub(home) as hub:
            play(hub)
        told = home.with_name("home.log").read_text().splitlines()
    events = [line for line in told if line[2:3] == ":"]
    Path(__file__).with_suffix(".svg").write_text(svg(events))


if __name__ == "__main__":
    main()
