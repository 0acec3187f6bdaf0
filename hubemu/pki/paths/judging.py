"""The verdict on a chain: its candidates one after the other, until one is valid."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from hubemu.pki.certificate_facts import UNREADABLE
from hubemu.pki.paths.candidates import CandidatePath, alternatives, candidates
from hubemu.pki.paths.faults import PathFault, PathFaultKind, PathRefused
from hubemu.pki.paths.validation import Revoked, validate_path

__all__ = ["Judging", "own_fault", "verify"]

_DEPTH = 3
"""Authorities between root and leaf, as `ssl_options.depth` says in RabbitMQ's configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """By what a chain is judged: trusted authorities, the time, who is revoked."""

    anchors: Sequence[x509.Certificate]
    now: datetime
    revoked: Revoked
    depth: int = _DEPTH


def verify(chain: Sequence[x509.Certificate], judging: Judging) -> PathFault | None:
    """What is wrong with a client's chain (leaf first, at least that); `None` if nothing is."""
    try:
        waiting = deque(candidates(chain, judging.anchors))
        return _first_valid(waiting, judging)
    except UNREADABLE:
        return PathFault(PathFaultKind.UNREADABLE)


def own_fault(path: Sequence[x509.Certificate], now: datetime) -> PathFault | None:
    """What is wrong with a path (authorities first, the leaf last) whoever is trusted above it."""
    try:
        validate_path(None, path, now, _DEPTH, lambda _certificate, _issuer: False)
    except PathRefused as refused:
        return refused.fault
    except UNREADABLE:
        return PathFault(PathFaultKind.UNREADABLE)
    return None


def _first_valid(waiting: deque[CandidatePath], judging: Judging) -> PathFault | None:
    """Try each; a path without a root, or with an expired one, may have another root."""
    expired: list[x509.Certificate] = []
    told: PathFault | None = None
    while waiting:
        candidate = waiting.popleft()
        fault = _fault_of(candidate, judging)
        if fault is None:
            return None
        root_expired = fault.fault is PathFaultKind.DATES and fault.certificate is candidate.anchor
        if root_expired and isinstance(candidate.anchor, x509.Certificate):
            expired.append(candidate.anchor)
        if root_expired or fault.fault is PathFaultKind.UNKNOWN_AUTHORITY:
            others = alternatives(candidate.path, judging.anchors, expired)
            waiting.extendleft(list(others))
            told = told if told is not None and told.fault is PathFaultKind.DATES else fault
        elif not waiting:
            return fault
    return told or PathFault(PathFaultKind.UNKNOWN_AUTHORITY)


def _fault_of(candidate: CandidatePath, judging: Judging) -> PathFault | None:
    if isinstance(candidate.anchor, PathFaultKind):
        return PathFault(candidate.anchor, candidate.path[-1])
    try:
        validate_path(candidate.anchor, candidate.path, judging.now, judging.depth, judging.revoked)
    except PathRefused as refused:
        return refused.fault
    return None
