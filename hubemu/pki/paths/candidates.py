"""The paths that a chain may be meant as, each with the root that anchors it.

Rules of OTP 25 (`ssl_certificate:trusted_cert_and_paths`):
1. A path ends at a trusted self-signed certificate; trusting an intermediate alone is not enough.
2. What is missing of a chain may come from the trust store.
3. A chain out of order, or with others' certificates in it, is put in order; where several of them
   have one subject each way is tried, for four subjects and sixteen ways at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509

from hubemu.pki.paths.faults import PathFaultKind
from hubemu.pki.paths.names import is_self_issued, normal, same
from hubemu.pki.paths.trusted import chain_upwards, find_issuer, find_named_issuer, is_trusted

__all__ = ["CandidatePath", "alternatives", "candidates"]

_SUBJECTS = 4
_COMBINATIONS = 16


@dataclass(frozen=True, slots=True)
class CandidatePath:
    """A path from below its anchor down to the leaf; `anchor` may be why there is none."""

    anchor: x509.Certificate | PathFaultKind
    path: tuple[x509.Certificate, ...]


def candidates(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> list[CandidatePath]:
    """The paths to try for a chain as it came, leaf first, in their order."""
    if len(chain) == 1:
        if is_self_issued(chain[0]):
            return [CandidatePath(PathFaultKind.SELF_SIGNED, tuple(chain))]
        alone = CandidatePath(PathFaultKind.UNKNOWN_AUTHORITY, tuple(chain))
        return [_completed(chain, anchors, alone)]
    found = []
    for path in _paths(chain):
        candidate = _anchored(path, anchors)
        if candidate.anchor is PathFaultKind.UNKNOWN_AUTHORITY:
            candidate = _completed(chain, anchors, candidate)
        found.append(candidate)
    return found


def alternatives(
    path: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    without: Sequence[x509.Certificate],
) -> Iterator[CandidatePath]:
    """Another root for a path, or a shorter end of it, that no trusted root anchors."""
    for start, certificate in enumerate(path):
        root = find_issuer(certificate, anchors, without)
        if root is not None and is_self_issued(root):
            yield CandidatePath(root, tuple(path[start:]))
            return


def _paths(chain: Sequence[x509.Certificate]) -> Iterator[tuple[x509.Certificate, ...]]:
    """The chain from the top down: as it is if it is in order, else as it can be put in order."""
    if all(same(one.issuer, above.subject) for one, above in itertools.pairwise(chain)):
        yield tuple(reversed(chain))
        return
    leaf, rest = chain[0], chain[1:]
    for pool in _combinations(rest):
        ordered = tuple(reversed(chain_upwards(leaf, pool)))
        # A root that was sent is a part of the path below the trusted one.
        yield (ordered[0], *ordered) if is_self_issued(ordered[0]) else ordered


def _combinations(
    rest: Sequence[x509.Certificate],
) -> list[tuple[x509.Certificate, ...]]:
    """Each way to take one certificate of each subject; of too many only the last that came."""
    by_subject: dict[object, list[x509.Certificate]] = {}
    for certificate in rest:
        by_subject.setdefault(normal(certificate.subject), []).insert(0, certificate)
    ways: list[tuple[x509.Certificate, ...]] = [()]
    tried = 0
    for same_subject in by_subject.values():
        several = 1 < len(same_subject) <= _COMBINATIONS // len(ways) and tried < _SUBJECTS
        tried += several
        options = same_subject if several else same_subject[:1]
        ways = [(one, *way) for one in options for way in ways]
    return ways


def _anchored(
    path: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> CandidatePath:
    top, *below = path
    if is_self_issued(top):
        known = is_trusted(top, anchors)
        if known is None:
            return CandidatePath(PathFaultKind.UNKNOWN_AUTHORITY, tuple(path))
        if known != top:
            return CandidatePath(PathFaultKind.OTHER_ROOT, tuple(path))
        return CandidatePath(top, tuple(below))
    issuer = find_named_issuer(top, anchors)
    if issuer is None:
        return CandidatePath(PathFaultKind.UNKNOWN_AUTHORITY, tuple(path))
    if is_self_issued(issuer):
        return CandidatePath(issuer, tuple(path))
    return CandidatePath(PathFaultKind.UNKNOWN_AUTHORITY, (issuer, *path))


def _completed(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], otherwise: CandidatePath
) -> CandidatePath:
    """The path with what lacks taken from the trust store; `otherwise` if that does not do."""
    whole = chain_upwards(chain[0], anchors)
    if len(whole) <= len(chain) or whole[: len(chain)] != list(chain):
        return otherwise
    return _anchored(tuple(reversed(whole)), anchors)
