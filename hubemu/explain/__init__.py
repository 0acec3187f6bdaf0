"""Explains error codes and what software prints, from data in French and English (`knowledge/`)."""

from hubemu.explain.explaining import Explanation, explain, explain_code
from hubemu.explain.knowledge import LANGUAGES, STACKS, Language

__all__ = ["LANGUAGES", "STACKS", "Explanation", "Language", "explain", "explain_code"]
