"""From any version of a health message to any other, step by step (facts: converter 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from hubemu.conversion.draw import Draw
from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.refusal import ConversionRefused
from hubemu.conversion.rules import ConversionRule, ConvertedBody, Drop, VersionStep
from hubemu.conversion.versions import case, positions, resources

__all__ = ["VERSIONS", "convert_version"]

VERSIONS = ("v1", "v2", "v3")

_SAME = VersionStep()
_STEPS: Mapping[str, tuple[VersionStep | None, VersionStep | None]] = {
    "createCaseHealth": (case.V1_V2, case.V2_V3),
    "createCaseHealthUpdate": (case.V1_V2, case.V2_V3),
    "reference": (_SAME, VersionStep(down=(Drop("step"),))),
    "error": (_SAME, _SAME),
    "resourcesInfo": resources.INFO,
    "resourcesStatus": resources.STATUS,
    "resourcesRequest": resources.REQUEST,
    "resourcesResponse": resources.RESPONSE,
    # The service's two rules for it look below a key that is not there: they never act.
    "resourcesEngagement": (_SAME, _SAME),
    "geoPositionsUpdate": (None, positions.POSITIONS),
    "geoResourcesRequest": (_SAME, _SAME),
    "geoResourcesDetails": (None, positions.DETAILS),
}
"""Between v1 and v2, and between v2 and v3; `None`: not implemented."""


def convert_version(
    message: ConversionMessage, source: str, target: str, draw: Draw
) -> ConversionMessage:
    """A health message in another version; the very message where both are the same.

    Raises:
        ConversionRefused: the service does not do it.
    """
    steps = _STEPS.get(message.key)
    if steps is None:
        raise ConversionRefused(
            f"Version conversion for message type '{message.key}' is currently not implemented."
        )
    for side, version in (("source", source), ("target", target)):
        if version not in VERSIONS:
            raise ConversionRefused(
                f"Unknown {side} version {version}. Must be one of: {list(VERSIONS)}"
            )
    if source == target:
        return message
    work = ConvertedBody(deepcopy(message.body()), message.sender, draw)
    for rule in _rules(message.key, steps, source, target):
        rule.apply(work)
    return message.with_body(message.key, work.body)


def _rules(
    key: str, steps: tuple[VersionStep | None, VersionStep | None], source: str, target: str
) -> list[ConversionRule]:
    start, end = VERSIONS.index(source), VERSIONS.index(target)
    taken = steps[start:end] if start < end else tuple(reversed(steps[end:start]))
    rules: list[ConversionRule] = []
    for step in taken:
        if step is None:
            raise ConversionRefused(
                f"Version conversion from {source} to {target} for message type '{key}' "
                "is currently not implemented."
            )
        rules += step.upwards() if start < end else step.downwards()
    return rules
