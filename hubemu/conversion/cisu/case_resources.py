"""What was told of the resources of each case: the service reads it in its database.

Kept in memory, within bounds: the cases that nobody mentioned for longest are forgotten first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from hubemu.conversion.message import ConversionMessage
from hubemu.conversion.places import Tree
from hubemu.messages import dump_json, parse_json

__all__ = ["MAX_BYTES", "MAX_CASES", "MAX_MESSAGES", "CaseMemory"]

MAX_CASES = 10_000
"""Cases that are remembered."""
MAX_MESSAGES = 500
"""Messages of one type that are remembered of a case."""
MAX_BYTES = 64 * 1024 * 1024
"""Of all bodies that are remembered."""

_REMEMBERED = ("resourcesInfo", "resourcesStatus", "resourcesInfoCisu")
_Case = dict[str, OrderedDict[str, bytes]]


class CaseMemory:
    """The last messages on the resources of each case, in each vHost, by their distributionID.

    Args:
        cases: most cases remembered.
        messages: most messages of one type remembered of a case.
        octets: most bytes of bodies remembered.
    """

    def __init__(
        self, *, cases: int = MAX_CASES, messages: int = MAX_MESSAGES, octets: int = MAX_BYTES
    ) -> None:
        self._bounds = cases, messages, octets
        self._cases: OrderedDict[tuple[str, str], _Case] = OrderedDict()
        self._octets = 0

    def remember(self, vhost: str, message: ConversionMessage) -> None:
        """Remember a message, if it is about resources of a case."""
        case_id = message.body().get("caseId")
        if message.key not in _REMEMBERED or not isinstance(case_id, str):
            return
        most_cases, most_messages, most_octets = self._bounds
        case = self._cases.setdefault((vhost, case_id), {})
        self._cases.move_to_end((vhost, case_id))
        told = case.setdefault(message.key, OrderedDict())
        self._forget(told.pop(message.distribution_id, b""))
        told[message.distribution_id] = body = dump_json(message.body())
        self._octets += len(body)
        if len(told) > most_messages:
            self._forget(told.popitem(last=False)[1])
        while len(self._cases) > most_cases or self._octets > most_octets:
            for forgotten in self._cases.popitem(last=False)[1].values():
                self._forget(*forgotten.values())

    def told(self, vhost: str, key: str, case_id: object, besides: str = "") -> Iterator[Tree]:
        """The bodies of a type that were told of a case, newest first, but for one message's."""
        case = self._cases.get((vhost, case_id)) if isinstance(case_id, str) else None
        if case is None or key not in case:
            return
        for distribution_id in reversed(case[key]):
            if distribution_id != besides:
                yield parse_json(case[key][distribution_id])

    def copy(self) -> CaseMemory:
        """The same, of its own from now on; bodies are shared."""
        cases, messages, octets = self._bounds
        other = CaseMemory(cases=cases, messages=messages, octets=octets)
        for place, case in self._cases.items():
            other._cases[place] = {key: told.copy() for key, told in case.items()}
        other._octets = self._octets
        return other

    def clear(self) -> None:
        """Forget everything."""
        self._cases.clear()
        self._octets = 0

    def _forget(self, *bodies: bytes) -> None:
        self._octets -= sum(map(len, bodies))
