"""`hubemu explain`: what an error code or a pasted text means, and how to mend it."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from click.exceptions import Exit

from hubemu.cli.options import Json
from hubemu.cli.output import paint, result, result_json, talk
from hubemu.cli.parameters import Argument, Option
from hubemu.errors import InputError

if TYPE_CHECKING:
    from hubemu.explain import Explanation

__all__ = ["explain"]

_LARGEST = 1_000_000
_NOTHING_FITS = 1


class Lang(StrEnum):
    """A language of the answers."""

    EN = "en"
    FR = "fr"


class Stack(StrEnum):
    """The software that printed a text, or is to be mended."""

    OPENSSL = "openssl"
    JAVA = "java"
    NODE = "node"
    PYTHON = "python"
    DOTNET = "dotnet"
    RUBY = "ruby"
    GO = "go"
    PHP = "php"
    ERLANG = "erlang"
    C = "c"
    PERL = "perl"


_Word = Literal["likeliest", "or", "check", "mend", "source", "unknown", "stack"]
_WORDS: dict[Lang, dict[_Word, str]] = {
    Lang.EN: {
        "likeliest": "likeliest",
        "or": "or",
        "check": "check",
        "mend": "mend",
        "source": "from",
        "stack": "the code for yours: add --stack java|node|python|dotnet|...",
        "unknown": "nothing known fits: paste the whole text (hubemu explain -), from the first "
        "line to the last cause; the Hub's side of it is in the terminal of hubemu up",
    },
    Lang.FR: {
        "likeliest": "le plus probable",
        "or": "ou",
        "check": "vérifier",
        "mend": "corriger",
        "source": "d'après",
        "stack": "le code pour la vôtre : ajouter --stack java|node|python|dotnet|...",
        "unknown": "rien de connu ne correspond : coller le texte entier (hubemu explain -), de la "
        "première ligne à la dernière cause ; le côté du Hub est dans le terminal de hubemu up",
    },
}


def explain(
    query: Annotated[
        tuple[str, ...],
        Argument(
            metavar="CODE|TEXT|-",
            help="A code (S1, C7, F4, P6; 300; 403), a text, or - for standard input.",
        ),
    ],
    stack: Annotated[
        Stack | None, Option(help="Software to mend it in; default: what the text tells.")
    ] = None,
    lang: Annotated[Lang, Option(help="Language of the answer.")] = Lang.EN,
    as_json: Json = False,
) -> None:
    """Explain an error code or a pasted text, likeliest cause first; exit 1 when nothing fits.

    Codes: of certificates (S: the Hub's, C: the client's, F: files, P: the migration's course), of
    the Hub's error reports (100 to 704), of AMQP (200 to 541). A text may be a whole stack trace.
    """
    from hubemu.explain import explain as explained

    found = explained(_asked(query), stack=stack and stack.value, language=lang.value)
    if as_json:
        result_json([one.to_json() for one in found])
    else:
        for place, one in enumerate(found):
            result(_told(one, place, lang))
    if not found:
        talk(_WORDS[lang]["unknown"])
        raise Exit(_NOTHING_FITS)


def _asked(query: tuple[str, ...]) -> str:
    if query != ("-",):
        return " ".join(query)
    text = sys.stdin.buffer.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise InputError("standard input", f"more than {_LARGEST} bytes: paste the error alone")
    return text.decode("utf-8", "replace")


def _told(one: Explanation, place: int, lang: Lang) -> str:
    words = _WORDS[lang]
    head = f"{one.code} {one.name}".strip()
    lines = [
        f"{paint(head, 'cyan')}  {one.title}" + (f"  ({words['likeliest']})" if not place else ""),
        f"  {one.why}",
        f"  {words['check']}: {one.check}",
        f"  {words['mend']}: {one.mend}",
    ]
    if one.recipe is not None:
        lines.append(f"    {one.stack}: {one.recipe}")
    lines.append(f"  {words['source']}: {one.source}")
    return "\n".join(lines)
