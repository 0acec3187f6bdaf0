"""A text as it was pasted, in the ways it may be read: without what logs, terminals and pages add.

Colours and controls are no part of any words. The rest is a guess each: a log's prefix on every
line, a terminal's hard breaks in the midst of a word, entities of HTML, escapes of JSON or of a
shell, curly quotes of a mail. So words count where any reading has them.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["readings"]

_CONTROLS = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u2060]"
)
_SINGLE = "\u2018\u2019\u201a\u201b\u2032"
_DOUBLE = "\u00ab\u00bb\u201c\u201d\u201e\u201f"
_SPACES = "\u00a0\u202f\u2009"
_QUOTES = dict.fromkeys(map(ord, _SINGLE), "'") | dict.fromkeys(map(ord, _DOUBLE), '"')
_PLAIN = _QUOTES | dict.fromkeys(map(ord, _SPACES), " ")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([nrt\"'/\\]))")
_LETTERS = {"n": "\n", "r": "\n", "t": "\t"}
_BREAK = re.compile(r"[ \t]*\r?\n[ \t]*")
_CUT = re.compile(r"\r?\n")
"""Where a terminal cut a line; the words may have ended there, or not."""
_MOST = 8
_PREFIX = re.compile(
    r"""^[ \t]*(?:
        [>|*\#][ \t]?                                               # quoted, gutters, curl -v
      | [\w./:@-]{1,80}[ \t]+\|[ \t]?                               # container | , line number |
      | <\d{1,3}>\d?[ \t]*                                          # syslog priority
      | [\[(]?\d{4}[-/]\d\d[-/]\d\d(?:[T \t]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?
            [ \t]?(?:Z|UTC|[+-]\d\d:?\d\d)?[\])]?[ \t:,-]*           # 2026-11-28 08:00:00,123
      | [\[(]?\d\d[/.]\d\d[/.]\d{4}[ \t,]+\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?[ \t:,-]*
      | [\[(]?\d\d:\d\d:\d\d(?:[.,]\d+)?[\])]?[ \t:,-]*
      | (?:[A-Z][a-z]{2}[ \t]+)?[A-Z][a-zé]{2,3}\.?[ \t]+\d{1,2}[ \t]\d\d:\d\d:\d\d[ \t]
            [\w.-]+[ \t][\w./@-]+(?:\[\d+\])?:[ \t]                  # Nov 28 08:00:00 host app[12]:
      | [\[(<]?(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|SEVERE|FATAL|CRITICAL|crit|warn|info|fail
            |ERREUR|AVERTISSEMENT|ATTENTION)[\])>]?(?::|(?=[ \t]))[ \t:-]*
      | [\[(][\w.#/:@, -]{1,60}[\])][ \t:-]*                         # [main], [12], (pool-1)
      | \d{1,7}[ \t]+(?:---|-)[ \t]+                                 # Spring's pid
    )""",
    re.VERBOSE,
)


def readings(text: str) -> tuple[str, ...]:
    """The text without its controls, then each other way to read it, none twice."""
    plain = _CONTROLS.sub("", unicodedata.normalize("NFC", text)).translate(_PLAIN)
    spelt = _unescaped(html.unescape(plain).translate(_PLAIN))
    bare = "\n".join(map(_without_prefix, spelt.splitlines()))
    flat = _BREAK.sub(" ", bare)
    whole = (each.sub("", text) for text in (bare, spelt) for each in (_BREAK, _CUT))
    return tuple(dict.fromkeys((plain, spelt, bare, flat, *whole)))


def _unescaped(text: str) -> str:
    """Escapes of JSON as what they stand for."""

    def stands_for(found: re.Match[str]) -> str:
        return chr(int(found[1], 16)) if found[1] else _LETTERS.get(found[2], found[2])

    return _ESCAPE.sub(stands_for, text)


def _without_prefix(line: str) -> str:
    for _ in range(_MOST):
        found = _PREFIX.match(line)
        if found is None or found.end() == 0:
            return line
        line = line[found.end() :]
    return line
