"""Tracing of a dispatcher: spans begin and end at its places, its work knows nothing of them.

    (the sender's span, if its message carries one)
     +- process dispatch           taken off the queue, until it is settled
         +- convert                the conversion service; its request carries the context too
         +- publish <id>.message   until the broker took it; its context goes on in the headers
         |   +- settle <id>.message    in the recipient's queue, until acknowledged (`queues.py`)
         +- publish <id>.info      an error report

A dead letter carries the context of its publication: `process dispatch.dlq` is below that.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import REQUEST_HEADERS, ConversionFailed, Converter
from hubemu.dispatcher.decision import ConversionNeeded, Now, Ruling
from hubemu.dispatcher.delivery import Delivery, Publication
from hubemu.dispatcher.judge import Judge
from hubemu.dispatcher.outlet import Outlet, WrapOutlet
from hubemu.dispatcher.tracing.carrying import carried_in, context_of
from hubemu.dispatcher.tracing.delivery_spans import Passage
from hubemu.dispatcher.tracing.outlet import TracedOutlet
from hubemu.dispatcher.tracing.queues import QueueSpans
from hubemu.version import __version__

__all__ = ["Tracing"]

_FLUSH_SECONDS = 1.0
"""How long the end of a Hub waits for a collector."""


class Tracing:
    """Makes the spans of all dispatchers of a process, for one provider.

    Args:
        provider: where they go; it is shut down with the Hub.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("hubemu", __version__)
        self._passages: dict[str, Passage] = {}
        self._converting: dict[int, Passage] = {}
        self.queues = QueueSpans(self._tracer)

    def outlets(self, inner: WrapOutlet | None) -> WrapOutlet:
        """Outlets through which the spans of deliveries begin and end, around others."""

        def traced(vhost: str, outlet: Outlet) -> Outlet:
            within = outlet if inner is None else inner(vhost, outlet)
            return TracedOutlet(within, self._passages, partial(Passage, self._tracer))

        return traced

    def judge(self, judge: Judge) -> Judge:
        """The judge, whose publications carry the context on."""

        def decide(
            delivery: Delivery, context: VHostContext, now: Now
        ) -> Ruling | ConversionNeeded:
            verdict = judge.decide(delivery, context, now)
            passage = self._passages.get(delivery.id)
            if passage is None:
                return verdict
            if isinstance(verdict, Ruling):
                return passage.ruled(verdict)
            self._converting[id(verdict.request.edxl)] = passage
            return verdict

        def resume(
            needed: ConversionNeeded,
            answer: Sequence[bytes] | ConversionFailed,
            context: VHostContext,
            now: Now,
        ) -> Ruling:
            ruling = judge.resume(needed, answer, context, now)
            passage = self._passages.get(needed.subject.delivery.id)
            self._converting.pop(id(needed.request.edxl), None)
            return ruling if passage is None else passage.ruled(ruling)

        def undeliverable(
            ruling: Ruling, returned: Publication, context: VHostContext, now: Now
        ) -> Ruling:
            made = judge.undeliverable(ruling, returned, context, now)
            if (passage := self._passages.get(made.subject.delivery.id)) is not None:
                passage.told(made)
            return made

        return Judge(
            decide=decide,
            resume=resume,
            undeliverable=undeliverable,
            decide_dead_letter=judge.decide_dead_letter,
            report=judge.report,
        )

    def converter(self, converter: Converter) -> Converter:
        """The converter, each conversion a span."""
        return _TracedConverter(converter, self)

    async def convert(self, converter: Converter, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """One conversion, within its message's trace."""
        passage = self._converting.get(id(edxl))
        above = passage.context if passage is not None else Context()
        span = self._tracer.start_span("convert", above, SpanKind.CLIENT)
        if passage is not None:
            span.set_attribute("hubemu.message.id", passage.delivery.id)
        bears = REQUEST_HEADERS.set(carried_in(set_span_in_context(span, Context())))
        try:
            converted = await converter.convert(edxl, vhost)
        except ConversionFailed as failure:
            span.set_attribute("error.type", type(failure).__name__)
            span.set_status(Status(StatusCode.ERROR, str(failure)))
            raise
        finally:
            REQUEST_HEADERS.reset(bears)
            span.end()
        return converted

    def carried(self, headers: Mapping[str, Any], request: Mapping[str, str]) -> dict[str, Any]:
        """The headers of a message to publish, which carry on what a request to do so carries.

        A message that carries a context of its own keeps it.
        """
        if carried_in(context_of(headers)):
            return dict(headers)
        return {**headers, **carried_in(context_of(request))}

    def close(self) -> None:
        """End what is open and send what is not sent; waits a second for a collector."""
        self.queues.end_all("the Hub stopped")
        for passage in self._passages.values():
            passage.end("comes_again")
        self._passages.clear()
        # Whatever it is asked, it tries again for as long as its variables say: ten seconds.
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(_FLUSH_SECONDS)


class _TracedConverter:
    def __init__(self, converter: Converter, tracing: Tracing) -> None:
        self._converter = converter
        self._tracing = tracing

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """See `Converter`."""
        return await self._tracing.convert(self._converter, edxl, vhost)

    async def close(self) -> None:
        """See `Converter`."""
        await self._converter.close()
