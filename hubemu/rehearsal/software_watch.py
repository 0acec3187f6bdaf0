"""What the Hub sees of a vendor's own software while that has its turn (`--exec`, `--hold`).

The tries of a rehearsal read files; what only a program does, only the Hub sees:

- it knocks again and again without waiting longer (P13);
- it is let in where its trust store does not take what the Hub shows: it verifies nothing (S18);
- it sends no certificate (C6), another mechanism than EXTERNAL (C9), or has no rights (C10, C11);
- its messages, or those to it, outlive their time, or were in flight when it left (P14).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hubemu.explain import explain
from hubemu.hub import Hub
from hubemu.journal import Entry
from hubemu.rehearsal.results import Outcome, StepFinding, each_once

__all__ = ["Watch"]

_KNOCKS = 6
"""Refused attempts from which on a loop shows: 1, 2, 4, 8, 16 s of back-off lie between them."""
_TIGHT = 1.0
"""Seconds that lie between the last two at least, if it waits longer each time."""
_EXPIRED = 400
_LOOKS, _MOMENT = 400, 0.005
_BY_ALERT = {
    "alert unknown ca": "S1",
    "alert certificate unknown": "S1",
    "alert certificate expired": "S4",
    "alert certificate revoked": "S10",
    "alert unsupported certificate": "S8",
    "alert bad certificate": "S6",
}
"""What a client's TLS says when it ends the handshake (RFC 5246 7.2.2): the likeliest reason."""
_AHEAD = timedelta(hours=1)
"""The Hub's clock is ahead of the machine's: its certificate has not begun for a program (S5)."""
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

    async def has_left(self) -> None:
        """Wait until what connected since `begin` is gone, for a moment.

        A program that has ended is gone once the broker has read the end of its connection; one
        that goes on in the background is not waited for longer.
        """
        peers = {row["peer"] for row in self.attempts()}
        for _ in range(_LOOKS):
            if not any(one["peer"] in peers for one in self._hub.engine.connections()):
                return
            await asyncio.sleep(_MOMENT)

    def findings(self, client: str, outcome: Outcome) -> list[StepFinding]:
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
            *(one for row in attempts for one in _of_attempt(row, ahead=self._is_ahead())),
            *(one for row in refused if row["client"] == client for one in _of_refusal(row)),
            *self._of_messages(client),
        ]
        known = len(outcome.findings)
        return each_once([*outcome.findings, *found])[known:]

    def _is_ahead(self) -> bool:
        return self._hub.clock.datetime() - datetime.now(UTC) > _AHEAD

    def _of_messages(self, client: str) -> Iterator[StepFinding]:
        """What outlived its time, and what came and went back: both have to come again."""
        mine = [
            entry
            for entry in self._hub.journal.select().entries
            if client in (entry.sender, entry.recipient) and entry.id not in self._dead
        ]
        late = [entry for entry in mine if _outlived(entry)]
        back = [entry for entry in mine if entry.recipient == client and self._went_back(entry)]
        self._dead |= {entry.id for entry in (*late, *back)}
        if late:
            yield _noticed("P14", f"outlived its time: {_names(late)}", "400 or 500 to the sender")
        if back:
            text = f"was in flight when its connection ended, and comes again: {_names(back)}"
            yield _noticed("P14", text, "delivered, not acknowledged, back in the queue")

    def _went_back(self, entry: Entry) -> bool:
        """Whether a message was delivered and nobody who could acknowledge it is left."""
        if entry.outcome != "delivered" or entry.queue is None:
            return False
        depth = self._hub.engine.depths(entry.vhost).get(entry.queue)
        return depth is not None and depth.unacked == 0


def _names(entries: Sequence[Entry]) -> str:
    return ", ".join(dict.fromkeys(entry.distribution_id or entry.id for entry in entries))


def _outlived(entry: Entry) -> bool:
    if entry.error is not None and entry.error[0] == _EXPIRED:
        return True
    return entry.outcome == "dead-lettered" and "expired" in (entry.cause or "")


def _of_loops(attempts: Sequence[_Row]) -> Iterator[StepFinding]:
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


def _of_trust(attempts: Sequence[_Row], outcome: Outcome) -> Iterator[StepFinding]:
    """It is let in, and the same trust store refuses what the Hub shows."""
    refuses = {one.code for one in outcome.findings if one.blocks and one.code[0] == "S"}
    if refuses and not outcome.connects and any(row["accepted"] for row in attempts):
        codes = ", ".join(sorted(refuses))
        text = f"the software got in, its trust store refuses what the Hub shows ({codes})"
        yield _noticed("S18", text, "a handshake that was seen to its end")


def _of_attempt(row: _Row, *, ahead: bool) -> Iterator[StepFinding]:
    if row["accepted"] or not row["openssl"]:
        return
    reason, words = str(row["reason"]), str(row["openssl"])
    alert = next((one for one in _BY_ALERT if one in words), None)
    if alert is not None and row["certificate"] is None:
        code = "S5" if ahead and alert == "alert bad certificate" else _BY_ALERT[alert]
        yield _noticed(code, f"the software refused what the Hub shows: {words}", reason)
        return
    code = next((one.code for one in explain(words) if one.code[0] == "C"), "")
    if code:
        yield _noticed(code, "the software was refused", reason)


def _of_refusal(row: _Row) -> Iterator[StepFinding]:
    code = _BY_REPLY.get(row["code"], "")
    if row["scope"] == "login":
        code = "C9" if row["method"] == "connection.start" and not row["code"] else "C7"
    if code:
        yield _noticed(code, f"the software was refused: {row['text']}", str(row["why"]))


def _noticed(code: str, detail: str, seen: str) -> StepFinding:
    return StepFinding(code, detail, seen, blocks=False)


def _mark(row: _Row) -> tuple[str, ...]:
    """What tells one row from another."""
    return tuple(str(row.get(name)) for name in ("at", "peer", "accepted", "reason", "text"))
