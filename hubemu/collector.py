"""How often Python's collector of cycles works, in a process of hubemu's own."""

from __future__ import annotations

import gc

__all__ = ["collect_nothing", "collect_seldom", "leave_to_the_system", "spare_what_is_there"]


def collect_seldom() -> None:
    """Have cycles looked for seldom: for whoever owns the process, never for an import.

    Looking after every 700 objects costs a tenth of a start, most of it imports, and a sixth of a
    Hub's throughput, whose messages die by reference counting.
    """
    gc.set_threshold(50_000, 20, 50)


def collect_nothing() -> None:
    """Have no cycles looked for while a Hub starts, which makes none: until `spare_what_is_there`.

    Each look goes through what imports have made since the last: a twentieth of a start, and 20 ms
    in which no client is served where they go on beside clients.
    """
    gc.disable()


def spare_what_is_there() -> None:
    """Have cycles looked for from now on, but never among what is there already."""
    gc.freeze()
    gc.enable()


def leave_to_the_system() -> None:
    """Have nothing looked through at the end of the process, which frees all of it anyway.

    Python would go through every object once more: 20 ms, a seventh of `hubemu check`.
    """
    gc.freeze()
