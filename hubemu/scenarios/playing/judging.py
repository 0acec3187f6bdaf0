"""How a step ends: what differs is a failure; what was captured has a name from then on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from hubemu.errors import CheckFailed
from hubemu.scenarios.paths import MISSING, find
from hubemu.scenarios.playing.comparing import Comparison
from hubemu.scenarios.playing.journal import Row
from hubemu.scenarios.playing.scene import Scene
from hubemu.scenarios.results import StepResult

__all__ = ["capture", "judge", "judged"]

_JUDGED_WITHIN = 5.0


def judge(look: Comparison, result: StepResult) -> None:
    """A step in which something differs has failed."""
    if look.different:
        result.verdict = "failed"
        result.why = look.why()


async def judged(scene: Scene) -> None:
    """Wait until the Hub has judged every message that was sent and has an id."""
    deadline = time.monotonic() + _JUDGED_WITHIN
    # Of a raw text the Hub may know no id.
    raw = {m.distribution_id for s in scene.sendings for m in s.messages if m.tree is None}
    wanted = {one for s in scene.sendings for one in s.confirmed if one} - raw
    while (left := deadline - time.monotonic()) > 0:
        rows = await scene.journal.rows()
        missing = wanted - {row["distributionID"] for row in rows}
        if not missing:
            return
        await scene.journal.wait(partial(_is_one_of, missing), left)


def _is_one_of(ids: set[str], row: Row) -> bool:
    return row["distributionID"] in ids


def capture(scene: Scene, wanted: Mapping[str, str], tree: Any) -> None:
    """Give names the values that their paths find.

    Raises:
        CheckFailed: a path finds nothing.
    """
    for name, path in wanted.items():
        value = find(path, tree) if tree is not None else MISSING
        if value is MISSING or isinstance(value, dict | list):
            raise CheckFailed(f"capture {name}: {path} finds no single value")
        scene.scope.names[name] = str(value)
