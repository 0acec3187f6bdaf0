"""Telling all who watch: the fault of one keeps nothing from the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import ParamSpec

__all__ = ["tell_each"]

_LOG = logging.getLogger(__name__)
_P = ParamSpec("_P")


def tell_each(
    watchers: Iterable[Callable[_P, object]], *args: _P.args, **kwargs: _P.kwargs
) -> None:
    """Call each of them; one that fails is logged as a fault. They may come and go meanwhile."""
    for told in tuple(watchers):
        try:
            told(*args, **kwargs)
        except Exception:
            _LOG.exception("one of several is not told: a fault of hubemu")
