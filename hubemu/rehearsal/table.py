"""A rehearsal as a table for the terminal, and what its red cells mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hubemu.rehearsal.results import ClientRehearsal, Outcome, Rehearsal, StepFinding

__all__ = ["table_lines"]

_HEADS = ("connects", "logs in", "publishes", "consumes", "survives", "reconnects")
_MARKS = {True: "yes", False: "NO", None: "-"}
Paint = Callable[[str, str], str]


def table_lines(rehearsal: Rehearsal, paint: Paint) -> Iterator[str]:
    """The lines, in the colours of `paint`; clients that fare alike share their rows."""
    when = rehearsal.at.strftime("%Y-%m-%d %H:%M UTC")
    yield f"{rehearsal.migration['en']} ({rehearsal.environment}, {rehearsal.engine}, {when})"
    for clients in _alike(rehearsal):
        yield ""
        yield ", ".join(one.name for one in clients)
        yield from _rows(clients[0], paint)
    yield ""
    yield _verdict(rehearsal, paint)


def _alike(rehearsal: Rehearsal) -> list[list[ClientRehearsal]]:
    groups: dict[object, list[ClientRehearsal]] = {}
    for one in rehearsal.clients:
        fate = tuple(
            (*result.columns.values(), result.executed, *(f.code for f in result.findings))
            for result in one.results
        )
        groups.setdefault(fate, []).append(one)
    return list(groups.values())


def _rows(client: ClientRehearsal, paint: Paint) -> Iterator[str]:
    width = max(len("step"), *(len(one.step) for one in client.results))
    yield f"  {'step':<{width}}  " + "  ".join(_HEADS)
    for result in client.results:
        cells = (_cell(value, head, paint) for value, head in zip(
            result.columns.values(), _HEADS, strict=True
        ))  # fmt: skip
        codes = ", ".join(one.code for one in result.findings)
        executed = "" if result.executed is None else f"  exec {result.executed}"
        yield f"  {result.step:<{width}}  {'  '.join(cells)}  {codes}{executed}".rstrip()
    yield from _findings(client.results)


def _cell(value: bool | None, head: str, paint: Paint) -> str:
    text = f"{_MARKS[value]:<{len(head)}}"
    return text if value is None else paint(text, "green" if value else "red")


def _findings(results: list[Outcome]) -> Iterator[str]:
    told: dict[str, tuple[StepFinding, list[str]]] = {}
    for result in results:
        for one in result.findings:
            told.setdefault(one.code, (one, []))[1].append(result.step)
    for code, (finding, steps) in told.items():
        yield f"  {code:<4} {finding.title()} ({', '.join(steps)})"
        if finding.detail:
            yield f"       {finding.detail}"
        if finding.seen:
            yield f"       the Hub saw: {finding.seen}"
        yield f"       mend: {finding.mend()} (hubemu explain {code} --stack ...)"


def _verdict(rehearsal: Rehearsal, paint: Paint) -> str:
    last = rehearsal.steps[-1]
    if not rehearsal.lost:
        number = len(rehearsal.clients)
        return paint(f"after {last} every client has access ({number} tried)", "green")
    return paint(f"without access after {last}: {', '.join(rehearsal.lost)}", "red")
