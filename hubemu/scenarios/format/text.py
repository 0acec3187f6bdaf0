"""A text for people, in one language or in two."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

__all__ = ["Language", "Text", "Translated", "said"]

Language = Literal["en", "fr"]


class Translated(BaseModel):
    """The same text in English and in French."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    fr: str


def _in_both(value: Any) -> Any:
    return {"en": value, "fr": value} if isinstance(value, str) else value


Text = Annotated[Translated, BeforeValidator(_in_both, json_schema_input_type=Translated | str)]
"""A plain text stands for both languages."""


def said(text: Translated, lang: Language) -> str:
    """The text in a language."""
    return text.fr if lang == "fr" else text.en
