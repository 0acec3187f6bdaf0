"""The encyclopaedia of the documentation, one page a language, made of the knowledge.

`python -m hubemu.explain.page` in a checkout writes both pages anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hubemu.explain.knowledge import FAMILIES, LANGUAGES, KnownTrouble, Language, all_entries

__all__ = ["PAGES", "page"]

PAGES: dict[Language, str] = {"en": "encyclopaedia.md", "fr": "encyclopedie.md"}
"""The file of each language in `docs/`."""

_HEAD: dict[Language, str] = {
    "en": """# Encyclopaedia of errors

What each error means, likeliest causes, the check that tells them apart, and the mend. The same in
the terminal: `hubemu explain C1 --stack java`; `hubemu explain -` takes a whole stack trace.
En français : [encyclopedie.md](encyclopedie.md).

This page is made from `hubemu/explain/knowledge/`; change it there, then
`python -m hubemu.explain.page`.
""",
    "fr": """# Encyclopédie des erreurs

Ce que signifie chaque erreur, ses causes probables, la vérification qui les distingue, la
correction. Dans le terminal aussi : `hubemu explain C1 --stack java --lang fr`, ou coller
une trace entière dans `hubemu explain - --lang fr`.
In English: [encyclopaedia.md](encyclopaedia.md).

Cette page est tirée de `hubemu/explain/knowledge/` ; la modifier là, puis
`python -m hubemu.explain.page`.
""",
}
_FAMILY: dict[Language, dict[str, str]] = {
    "en": {
        "S": "S: the client refuses the Hub's certificate",
        "C": "C: the Hub refuses the client",
        "F": "F: files and key stores",
        "P": "P: the course of a migration",
        "hub": "Codes of the Hub's error reports",
        "schema": "What the schemas say of a message (errorCause of a 300)",
        "amqp": "AMQP reply codes",
    },
    "fr": {
        "S": "S : le client refuse le certificat du Hub",
        "C": "C : le Hub refuse le client",
        "F": "F : fichiers et magasins de clés",
        "P": "P : le déroulement d'une migration",
        "hub": "Codes des rapports d'erreur du Hub",
        "schema": "Ce que les schémas disent d'un message (errorCause d'un 300)",
        "amqp": "Codes de réponse AMQP",
    },
}
_WORDS: dict[Language, tuple[str, str, str, str, str]] = {
    "en": ("Why", "Check", "Mend", "What is printed", "From"),
    "fr": ("Pourquoi", "Vérifier", "Corriger", "Ce qui s'affiche", "D'après"),
}


def page(language: Language) -> str:
    """The whole page in a language, Markdown."""
    parts = [_HEAD[language]]
    known = list(all_entries())
    for family in FAMILIES:
        parts.append(f"## {_FAMILY[language][family]}\n")
        parts += ["\n".join(_lines(one, language)) for one in known if _is_of(one, family)]
    return "\n".join(parts).rstrip() + "\n"


def _is_of(known: KnownTrouble, family: str) -> bool:
    return known.id.startswith(f"{family}:") or (len(family) == 1 and known.id[0] == family)


def _lines(known: KnownTrouble, language: Language) -> Iterator[str]:
    why, check, mend, printed, source = _WORDS[language]
    name = f"{known.code} {known.name}".strip()
    yield f"### {name}: {known.text('title', language)}\n"
    yield f"- **{why}.** {known.text('why', language)}"
    yield f"- **{check}.** {known.text('check', language)}"
    yield f"- **{mend}.** {known.text('mend', language)}"
    if known.prints:
        yield f"- **{printed}.**"
        yield from (f"  - {stack}: `{text}`" for stack, text in known.prints.items())
    yield f"- {source}: {known.source}\n"


def write(docs: Path) -> None:
    """Write both pages into a folder."""
    for language in LANGUAGES:
        (docs / PAGES[language]).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).resolve().parents[2] / "docs")
