"""A code or a pasted text explained: the entries it may mean, in a language, for a stack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubemu.explain.knowledge import KnownTrouble, Language, entry
from hubemu.explain.reading import codes_in, stack_of

__all__ = ["Explanation", "explain", "explain_code"]

_CODE = re.compile(r"[SCFP]\d{1,2}", re.IGNORECASE)
_NUMBER = re.compile(r"\d{3}")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One meaning; `mend` ends with the stack's own code where the stack is known."""

    code: str
    title: str
    why: str
    check: str
    mend: str
    source: str
    name: str
    stack: str | None
    recipe: str | None
    prints: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The object of CONTRACT, and what each stack prints for it."""
        mend = self.mend if self.recipe is None else f"{self.mend}\n{self.recipe}"
        return {
            "code": self.code,
            "title": self.title,
            "why": self.why,
            "check": self.check,
            "mend": mend,
            "source": self.source,
            "name": self.name or None,
            "stack": self.stack,
            "prints": dict(self.prints),
        }


def explain(
    query: str, *, stack: str | None = None, language: Language = "en"
) -> list[Explanation]:
    """What a code or a text may mean, likeliest first; empty when nothing fits.

    A number that the Hub and AMQP both use gives both. Without `stack` the text tells it.
    """
    asked = query.strip()
    if _CODE.fullmatch(asked):
        ids = [asked.upper()]
    elif _NUMBER.fullmatch(asked):
        ids = [f"hub:{asked}", f"amqp:{asked}"]
    else:
        ids = codes_in(query)
        stack = stack or stack_of(query)
    known = [found for id_ in ids if (found := entry(id_)) is not None]
    return [_explained(one, stack, language) for one in known]


def explain_code(id_: str, *, stack: str | None = None, language: Language = "en") -> Explanation:
    """What is known under one id (KeyError: nothing is)."""
    found = entry(id_)
    if found is None:
        raise KeyError(id_)
    return _explained(found, stack, language)


def _explained(known: KnownTrouble, stack: str | None, language: Language) -> Explanation:
    return Explanation(
        code=known.code,
        title=known.text("title", language),
        why=known.text("why", language),
        check=known.text("check", language),
        mend=known.text("mend", language),
        source=known.source,
        name=known.name,
        stack=stack,
        recipe=known.recipe_for(stack, language) if stack is not None else None,
        prints=known.prints,
    )
