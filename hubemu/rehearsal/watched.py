"""What the Hub sees of a vendor's own software while that has its turn (`--exec`, `--hold`).

The tries of a rehearsal read files; what only a program does, only the Hub sees:

- it knocks again and again without waiting longer (P13);
- it is let in where its trust store does not take what the Hub shows: it verifies nothing (S18);
- it sends no certificate (C6), another mechanism than EXTERNAL (C9), or has no rights (C10, C11);
- its messages, or those to it, outlive their time (P14).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hubemu.explain import explain
from hubemu.hub import Hub
from hubemu.rehearsal.results import Finding, Outcome, each_once

__all__ = ["Watch"]

_KNOCKS = 6
"""Refused attempts from which on a loop shows: 1, 2, 4, 8, 16 s of back-off lie between them."""
_TIGHT = 1.0
"""Seconds that lie between the last two at least, if it waits longer each time."""
_EXPIRED = 400
_BY_ALERT = {"unknown ca": "S1", "certificate expired": "S4", "certificate unknown": "S1"}
"""What a client's TLS says when it ends the handshake."""
_BY_REPLY = {403: "C11", 530: "C10"}

_Row = Mapping[str, Any]


class Watch:
    """Looks on at a Hub; `findings` are those since it was asked last."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: set[tuple[str, ...]] = set()
        self._dead: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """What was until now is none of the software's."""
        log = self._hub.connection_log
        self._known = {_mark(row) for row in [*log.attempts(), *log.refusals()]}

    def attempts(self) -> list[_Row]:
        """The attempts since `begin`, oldest first."""
        return [row for row in self._hub.connection_log.attempts() if _mark(row) not in self._known]

    def findings(self, client: str, outcome: Outcome) -> list[Finding]:
        """What software of a client was seen to do at a step.

        Args:
            client: whose software it is; attempts that name another are another's.
            outcome: what came of the tries with the same files.
        """
        attempts = [row for row in self.attempts() if row["client"] in (client, None)]
        refusals = self._hub.connection_log.refusals()
        refused = [row for row in refusals if _mark(row) not in self._known]
        found = [
            *_of_loops(attempts),
            *_of_trust(attempts, outcome),
            *(one for row in attempts for one in _of_attempt(row)),
            *(one for row in refused if row["client"] == client for one in _of_refusal(row)),
            *self._of_messages(client),
        ]
        known = len(outcome.findings)
        return each_once([*outcome.findings, *found])[known:]

    def _of_messages(self, client: str) -> Iterator[Finding]:
        late = [
            entry
            for entry in self._hub.journal.select().entries
            if client in (entry.sender, entry.recipient)
            and entry.id not in self._dead
            and _outlived(entry.outcome, entry.error, entry.cause)
        ]
        self._dead |= {entry.id for entry in late}
        if late:
            names = ", ".join(dict.fromkeys(entry.distribution_id or entry.id for entry in late))
            yield _noticed("P14", f"outlived its time: {names}", "400 or 500 to the sender")


def _outlived(outcome: str, error: tuple[int, str] | None, cause: str | None) -> bool:
    if error is not None and error[0] == _EXPIRED:
        return True
    return outcome == "dead-lettered" and "expired" in (cause or "")


def _of_loops(attempts: Sequence[_Row]) -> Iterator[Finding]:
    """Who is refused again and again, and does not wait longer each time."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    for row in attempts:
        if not row["accepted"]:
            whose = row["client"] or str(row["peer"]).rpartition(":")[0]
            times[whose].append(datetime.fromisoformat(row["at"]).timestamp())
    for whose, at in times.items():
        if len(at) >= _KNOCKS and at[-1] - at[-2] < _TIGHT:
            text = f"{whose} knocked {len(at)} times in {at[-1] - at[0]:.1f} s and was refused"
            yield _noticed("P13", text, f"{len(at)} refused attempts")


def _of_trust(attempts: Sequence[_Row], outcome: Outcome) -> Iterator[Finding]:
    """It is let in, and the same trust store refuses what the Hub shows."""
    refuses = {one.code for one in outcome.findings if one.blocks and one.code[0] == "S"}
    if refuses and not outcome.connects and any(row["accepted"] for row in attempts):
        codes = ", ".join(sorted(refuses))
        text = f"the software got in, its trust store refuses what the Hub shows ({codes})"
        yield _noticed("S18", text, "a handshake that was seen to its end")


def _of_attempt(row: _Row) -> Iterator[Finding]:
    if row["accepted"] or not row["openssl"]:
        return
    reason, words = str(row["reason"]), str(row["openssl"])
    code = next((code for alert, code in _BY_ALERT.items() if alert in words), "")
    if row["certificate"] is not None or not code:
        code = next((one.code for one in explain(words) if one.code[0] == "C"), "")
    if code:
        yield _noticed(code, "the software was refused", reason)


def _of_refusal(row: _Row) -> Iterator[Finding]:
    code = _BY_REPLY.get(row["code"], "")
    if row["scope"] == "login":
        code = "C9" if row["method"] == "connection.start" and not row["code"] else "C7"
    if code:
        yield _noticed(code, f"the software was refused: {row['text']}", str(row["why"]))


def _noticed(code: str, detail: str, seen: str) -> Finding:
    return Finding(code, detail, seen, blocks=False)


def _mark(row: _Row) -> tuple[str, ...]:
    """What tells one row from another."""
    return tuple(str(row.get(name)) for name in ("at", "peer", "accepted", "reason", "text"))
