"""A rehearsal as JUnit XML: a test case for each client and step; a red one tells its whole story.

GitLab and others show the body of a failure only, so all of it stands there, the mend as a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from hubemu.rehearsal.results import ClientRehearsal, Outcome, Rehearsal, StepFinding

__all__ = ["junit_xml"]

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(rehearsal: Rehearsal) -> str:
    """The whole document."""
    cases = [(client, one) for client in rehearsal.clients for one in client.results]
    failed = sum(1 for _, one in cases if _failed(one))
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f"<testsuite name={_attribute(rehearsal.migration['en'])} {counts} "
        f'timestamp="{rehearsal.at:%Y-%m-%dT%H:%M:%S}">',
        *(_case(client, one) for client, one in cases),
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _failed(outcome: Outcome) -> bool:
    return not outcome.has_access or outcome.reconnects is False


def _case(client: ClientRehearsal, outcome: Outcome) -> str:
    head = (
        f"<testcase classname={_attribute('rehearse.' + client.name)} "
        f"name={_attribute(outcome.step)}"
    )
    if not _failed(outcome):
        noticed = "\n".join(_story(outcome))
        return (
            f"{head}/>"
            if not noticed
            else f"{head}><system-out>{_text(noticed)}</system-out></testcase>"
        )
    codes = ", ".join(one.code for one in outcome.findings if one.blocks) or "refused"
    first = next((one.title() for one in outcome.findings), "no access")
    columns = ", ".join(
        f"{name} {'not tried' if value is None else 'yes' if value else 'NO'}"
        for name, value in outcome.columns.items()
    )
    body = "\n".join([f"{client.name} at step {outcome.step}: {columns}", *_story(outcome)])
    return (
        f"{head}><failure message={_attribute(f'{codes}: {first}')} type={_attribute(codes)}>"
        f"{_text(body)}</failure></testcase>"
    )


def _story(outcome: Outcome) -> Iterator[str]:
    if outcome.printed:
        yield f"our client printed: {outcome.printed}"
    for one in outcome.findings:
        yield ""
        yield from _of_finding(one)


def _of_finding(finding: StepFinding) -> Iterator[str]:
    yield f"{finding.code}  {finding.title()}"
    yield f"  {finding.why()}"
    if finding.detail:
        yield f"  here: {finding.detail}"
    if finding.seen:
        yield f"  the Hub saw: {finding.seen}"
    for stack, text in finding.prints.items():
        yield f"  {stack} prints: {text}"
    yield f"  mend: {finding.mend()}"
    for stack, recipe in finding.recipes().items():
        yield f"    {stack}: {recipe}"
    yield f"  more: hubemu explain {finding.code}"


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("?", text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("?", text))
