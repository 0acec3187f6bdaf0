"""What is noticed beside the tries: in a vendor's files, and in the course of the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from hubemu.pki import Pki
from hubemu.pki.inspection import inspect_material
from hubemu.rehearsal.results import Outcome, StepFinding
from hubemu.rehearsal.vendor_material import OwnMaterial

__all__ = ["course_findings", "file_findings"]

_OF_CLIENT = ("C2", "C14", "C15", "C16", "C17", "C18", "C19", "F", "P15", "S11", "S12", "S17")
_OF_TRUST = ("S3", "P7", "F")
_OF_PROFILE = {"S6", "S7", "S8", "S11", "S12", "S15", "S17"}
"""Names, usages, strength, depth and extensions of what the Hub shows."""
_TRIED = {"F1"}
"""What the try finds out by itself."""


def file_findings(own: OwnMaterial | None, pki: Pki, now: datetime) -> list[StepFinding]:
    """What is wrong, or will be, with the files of a vendor, whether a cell is red or not."""
    if own is None:
        return []
    found = list(_of_client(own, pki, now))
    for path, material in own.trust_sources:
        if material.has_key:
            text = f"{path.name} holds a private key: it is a client's key store"
            found.append(StepFinding("F6", text, blocks=False))
        inspection = inspect_material(path, material, pki, now)
        found += [
            StepFinding(one.code, f"{path.name}: {one.text}", blocks=False)
            for one in inspection.findings
            if one.code.startswith(_OF_TRUST) and one.code not in _TRIED
        ]
    return [one for one in found if _is_known(one.code)]


def _of_client(own: OwnMaterial, pki: Pki, now: datetime) -> Iterator[StepFinding]:
    if own.client_source is None:
        return
    path, material = own.client_source
    inspection = inspect_material(path, material, pki, now, own.key_octets)
    for one in inspection.findings:
        if one.code.startswith(_OF_CLIENT) and one.code not in _TRIED:
            yield StepFinding(one.code, f"{path.name}: {one.text}", blocks=False)


def _is_known(code: str) -> bool:
    """Inspection knows finer kinds than the encyclopaedia has entries for."""
    try:
        StepFinding(code, "").title()
    except KeyError:
        return False
    return True


def course_findings(results: Sequence[Outcome]) -> None:
    """Add to each outcome what only the course of all steps shows (P2, P3, P6, P8, P9, P11)."""
    for number, outcome in enumerate(results):
        told = {one.code for one in outcome.findings}
        codes = {one.code for one in outcome.findings if one.blocks}
        known = [one for one in _course(results, number, codes) if one.code not in told]
        outcome.findings += known


def _course(results: Sequence[Outcome], number: int, codes: set[str]) -> Iterator[StepFinding]:
    outcome, before = results[number], results[:number]
    works = outcome.has_access and outcome.reconnects is not False
    if outcome.survives and not works:
        text = "the connection opened before the step goes on; the next reconnect fails"
        yield StepFinding("P6", text, blocks=False)
    if (
        "S1" in codes
        and not outcome.connects
        and any(one.connects for one in results[number + 1 :])
    ):
        yield StepFinding(
            "P2", "it trusts what a later step shows, not what this one does", blocks=False
        )
    if codes & {"C1"} and before and before[-1].logs_in:
        text = "its certificate was still taken at the step before"
        yield StepFinding("P3", text, blocks=False)
    if codes & {"C7", "C8", "C10", "C11"}:
        yield StepFinding("P8", "the certificate is trusted, its name has no rights", blocks=False)
    if _profile_changed(outcome, before):
        yield StepFinding("P9", "what the Hub showed before was accepted", blocks=False)
    if not works and any(one.step == outcome.step for one in before):
        yield StepFinding("P11", "this step was passed before; the way back fails", blocks=False)


def _profile_changed(outcome: Outcome, before: Sequence[Outcome]) -> bool:
    """Whether what the Hub shows is refused, here or elsewhere, for what was not so before."""
    if not any(one.connects for one in before):
        return False
    told = {one.code for one in outcome.findings}
    known = {one.code for earlier in before for one in earlier.findings}
    return bool(_OF_PROFILE & (told - known))
