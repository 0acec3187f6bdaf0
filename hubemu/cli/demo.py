"""`hubemu demo`: one complete exchange, told step by step."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from click.exceptions import Exit

from hubemu.cli.options import Json
from hubemu.cli.output import result, result_json
from hubemu.cli.parameters import Option

if TYPE_CHECKING:
    from hubemu.demo import Teller

__all__ = ["Language", "demo"]

_INCOMPLETE = 1


class Language(StrEnum):
    """What the demonstration is told in."""

    ENGLISH = "en"
    FRENCH = "fr"


def demo(
    lang: Annotated[Language | None, Option(help="Language; default: that of the locale.")] = None,
    home: Annotated[
        Path | None,
        Option("--home", metavar="DIR", help="Play it on the Hub that is up in this home instead."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Play one complete exchange on a Hub of its own and tell it; exit 0 if every step was seen.

    Two clients over real AMQPS: a case shared and acknowledged, then three refusals.
    """
    from hubemu.cli.loop import run_async
    from hubemu.demo import Teller, language

    teller = Teller(_unsaid if as_json else result, lang.value if lang else language())
    seen = run_async(_on_its_own(teller) if home is None else _on(home, teller))
    if as_json:
        result_json(teller.record())
    if not seen:
        raise Exit(_INCOMPLETE)


def _unsaid(_line: str) -> None:
    """With --json the record is all that is printed."""


async def _on_its_own(teller: Teller) -> bool:
    from hubemu.temporary_home import temporary_home

    with temporary_home("demo-") as home:  # first: its keys are made while the rest is loaded
        from hubemu.demo import play
        from hubemu.settings import Settings

        settings = Settings(home=home.path, port=0, http_port=0)
        return await play(settings, teller, home.new_key)


async def _on(home: Path, teller: Teller) -> bool:
    from hubemu.cli.access import facts_of
    from hubemu.demo import play_on
    from hubemu.home import Home

    facts = facts_of(Home(home))
    return await play_on(facts, teller, facts.control.clock)
