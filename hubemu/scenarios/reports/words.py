"""The words of the reports, in English and French."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hubemu.scenarios.format.text import Language
from hubemu.scenarios.results import Verdict

__all__ = ["as_text", "verdict_word", "word"]

_VERDICTS: Mapping[Verdict, str] = {
    "passed": "réussi",
    "failed": "échoué",
    "skipped": "sauté",
    "inconclusive": "non concluant",
    "error": "erreur",
}
_FRENCH = {
    "Scenarios": "Scénarios",
    "scenario": "scénario",
    "verdict": "verdict",
    "why": "pourquoi",
    "step": "étape",
    "proves": "prouve",
    "expected": "attendu",
    "received": "reçu",
    "messages": "messages",
    "seconds": "secondes",
    "new failures": "nouveaux échecs",
    "failed before": "échouait déjà",
    "seed": "graine",
    "facts": "faits",
    "faults": "pannes",
    "strikes": "frappes",
    "sent": "envoyé",
    "milestone": "jalon",
}


def word(text: str, lang: Language) -> str:
    """A word of the reports."""
    return _FRENCH.get(text, text) if lang == "fr" else text


def verdict_word(verdict: Verdict, lang: Language) -> str:
    """A verdict for people."""
    return _VERDICTS[verdict] if lang == "fr" else verdict


def as_text(value: Any) -> str:
    """A value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)
