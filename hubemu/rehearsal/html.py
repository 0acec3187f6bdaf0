"""A rehearsal as one HTML file: asks nothing of the network, French and English, printable.

The language is chosen by two radio buttons and a style rule, so it needs no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from hubemu.explain import LANGUAGES, Language
from hubemu.rehearsal.results import ClientRehearsal, Outcome, Rehearsal, StepFinding

__all__ = ["html_report"]

_COLUMNS: Mapping[str, Mapping[Language, str]] = {
    "connects": {"en": "connects", "fr": "se connecte"},
    "logsIn": {"en": "logs in", "fr": "s'identifie"},
    "publishes": {"en": "publishes", "fr": "publie"},
    "consumes": {"en": "consumes", "fr": "consomme"},
    "survives": {"en": "open connection survives", "fr": "connexion ouverte survit"},
    "reconnects": {"en": "same process reconnects", "fr": "même processus se reconnecte"},
}
_WORDS: Mapping[str, Mapping[Language, str]] = {
    "title": {"en": "Rehearsal of certificates", "fr": "Répétition de certificats"},
    "client": {"en": "Client", "fr": "Client"},
    "step": {"en": "Step", "fr": "Étape"},
    "yes": {"en": "yes", "fr": "oui"},
    "no": {"en": "NO", "fr": "NON"},
    "untried": {"en": "not tried", "fr": "pas essayé"},
    "here": {"en": "Here", "fr": "Ici"},
    "seen": {"en": "The Hub saw", "fr": "Vu par le Hub"},
    "prints": {"en": "What client software prints", "fr": "Ce qu'affiche le logiciel client"},
    "mend": {"en": "Mend", "fr": "Correction"},
    "why": {"en": "Why", "fr": "Pourquoi"},
    "printed": {"en": "Our client printed", "fr": "Notre client a affiché"},
    "red": {"en": "What is red, and why", "fr": "Ce qui est rouge, et pourquoi"},
    "certificate": {"en": "certificate", "fr": "certificat"},
    "until": {"en": "until", "fr": "jusqu'au"},
    "none": {"en": "Nothing to say: all is green.", "fr": "Rien à signaler : tout est vert."},
    "all": {
        "en": "Every client has access after the last step.",
        "fr": "Chaque client a accès après la dernière étape.",
    },
    "lost": {
        "en": "Without access after the last step:",
        "fr": "Sans accès après la dernière étape :",
    },
}
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#1b1b1b}
h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em}h3{font-size:1em;margin-bottom:.2em}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid #bbb;padding:.3em .5em;text-align:left}
th{background:#f0f0f0}.yes{background:#dff3e0}.no{background:#f8d4d0;font-weight:bold}.na{color:#666}
code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
article{border-left:4px solid #c33;padding-left:1em;margin:1em 0;break-inside:avoid}
article.noticed{border-color:#c90}.verdict{padding:.6em 1em;border-radius:4px}
dt{font-weight:bold;margin-top:.4em}dd{margin:0 0 0 1em}
#en:checked~main [lang=fr],#fr:checked~main [lang=en]{display:none}
@media print{input,label{display:none}body{margin:0;font-size:11px}a{color:inherit}}
"""


def html_report(rehearsal: Rehearsal) -> str:
    """The whole file."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="fr"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'\">",
            f"<title>{_plain('title', 'fr')} · {_plain('title', 'en')}</title>",
            f"<style>{_STYLE}</style></head><body>",
            '<input type="radio" name="lang" id="fr" checked><label for="fr">Français</label>',
            '<input type="radio" name="lang" id="en"><label for="en">English</label>',
            "<main>",
            *_head(rehearsal),
            *_table(rehearsal),
            f"<h2>{_both('red')}</h2>",
            *_details(rehearsal),
            "</main></body></html>",
            "",
        ]
    )


def _head(rehearsal: Rehearsal) -> Iterator[str]:
    yield f"<h1>{_both('title')}</h1>"
    yield f"<p>{_each(rehearsal.migration)}</p>"
    when = rehearsal.at.strftime("%Y-%m-%d %H:%M UTC")
    yield f"<p>{escape(rehearsal.environment)} · {escape(rehearsal.engine)} · {when}</p>"
    if rehearsal.lost:
        names = ", ".join(escape(one) for one in rehearsal.lost)
        yield f'<p class="verdict no">{_both("lost")} {names}</p>'
    else:
        yield f'<p class="verdict yes">{_both("all")}</p>'


def _table(rehearsal: Rehearsal) -> Iterator[str]:
    heads = "".join(f'<th scope="col">{_each(one)}</th>' for one in _COLUMNS.values())
    yield f'<table><thead><tr><th scope="col">{_both("client")}</th>'
    yield f'<th scope="col">{_both("step")}</th>{heads}<th scope="col">Codes</th></tr></thead>'
    for number, client in enumerate(rehearsal.clients):
        yield "<tbody>"
        for place, result in enumerate(client.results):
            yield "<tr>"
            if place == 0:
                yield f'<th scope="rowgroup" rowspan="{len(client.results)}">{_who(client)}</th>'
            about = rehearsal.about.get(result.step)
            title = f"<br><small>{_each(about)}</small>" if about is not None else ""
            yield f"<td>{escape(result.step)}{title}</td>"
            yield from (_cell(value) for value in result.columns.values())
            yield f"<td>{_links(result, number, place)}</td></tr>"
        yield "</tbody>"
    yield "</table>"


def _who(client: ClientRehearsal) -> str:
    held = client.certificate
    if held is None:
        return escape(client.name)
    return (
        f"{escape(client.name)}<br><small>{_both('certificate')} "
        f"{escape(held.subject.rfc4514_string())}, {_both('until')} "
        f"{held.not_valid_after_utc:%Y-%m-%d}</small>"
    )


def _cell(value: bool | None) -> str:
    if value is None:
        return f'<td class="na">{_both("untried")}</td>'
    return f'<td class="yes">{_both("yes")}</td>' if value else f'<td class="no">{_both("no")}</td>'


def _links(result: Outcome, number: int, place: int) -> str:
    return " ".join(
        f'<a href="#f{number}-{place}-{one.code}">{one.code}</a>' for one in result.findings
    )


def _details(rehearsal: Rehearsal) -> Iterator[str]:
    told = False
    for number, client in enumerate(rehearsal.clients):
        for place, result in enumerate(client.results):
            for one in result.findings:
                told = True
                yield from _article(one, client, result, f"f{number}-{place}-{one.code}")
    if not told:
        yield f"<p>{_both('none')}</p>"


def _article(
    finding: StepFinding, client: ClientRehearsal, result: Outcome, anchor: str
) -> Iterator[str]:
    kind = "" if finding.blocks else ' class="noticed"'
    yield f'<article id="{anchor}"{kind}>'
    titles = _each({one: finding.title(one) for one in LANGUAGES})
    yield f"<h3>{escape(client.name)}, {escape(result.step)}: {finding.code} {titles}</h3><dl>"
    yield f"<dt>{_both('why')}</dt><dd>{_each({one: finding.why(one) for one in LANGUAGES})}</dd>"
    if finding.detail:
        yield f"<dt>{_both('here')}</dt><dd>{escape(finding.detail)}</dd>"
    if finding.seen:
        yield f"<dt>{_both('seen')}</dt><dd>{escape(finding.seen)}</dd>"
    if result.printed and finding.blocks:
        yield f"<dt>{_both('printed')}</dt><dd><code>{escape(result.printed)}</code></dd>"
    if finding.prints:
        yield f"<dt>{_both('prints')}</dt>"
        for stack, text in finding.prints.items():
            yield f"<dd>{stack}: <code>{escape(text)}</code></dd>"
    yield f"<dt>{_both('mend')}</dt>"
    yield f"<dd>{_each({one: finding.mend(one) for one in LANGUAGES})}</dd>"
    for stack, recipe in finding.recipes().items():
        yield f"<dd>{stack}: <code>{escape(recipe)}</code></dd>"
    yield "</dl></article>"


def _plain(word: str, language: Language) -> str:
    return escape(_WORDS[word][language])


def _both(word: str) -> str:
    return _each(_WORDS[word])


def _each(texts: Mapping[Language, str]) -> str:
    """A text in each language, of which the style shows one."""
    return "".join(f'<span lang="{one}">{escape(texts[one])}</span>' for one in LANGUAGES)
