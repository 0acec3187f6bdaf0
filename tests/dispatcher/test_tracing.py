"""Traces of messages: which spans there are, below which, and what carries them on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from hubemu.broker.wire.properties import encode_properties, headers
from hubemu.dispatcher import ConversionFailed
from hubemu.dispatcher.converter import REQUEST_HEADERS
from hubemu.dispatcher.tracing.tracing import Tracing
from hubemu.topology import HUB_EXCHANGE
from tests.support.dispatching import SDIS, A, C, a_case, persistent
from tests.support.messages import as_bytes, envelope
from tests.support.on_broker import Beside, beside
from tests.support.waiting import until

NEXSIS = "15-nexsis_v1.9.1"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


class Traced:
    """A tracing and the spans that it has ended, by name."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = Tracing(provider)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._exporter.get_finished_spans()}


def send(scene: Beside, body: bytes, carried: Mapping[str, Any] | None = None) -> None:
    """As samuA, with headers."""
    properties = persistent(headers=carried or None)
    scene.vhost.publish(HUB_EXCHANGE, A, body, encode_properties(properties))


def told(
    scenario: Callable[[Beside, Traced], Awaitable[None]], vhost: str = "15-15_v2.0", **given: Any
) -> dict[str, ReadableSpan]:
    traced = Traced()

    async def course() -> None:
        async with beside(vhost, tracing=traced.tracing, **given) as scene:
            await scenario(scene, traced)

    asyncio.run(course())
    return traced.spans


def parent_of(span: ReadableSpan) -> int:
    assert span.parent is not None
    number: int = span.parent.span_id
    return number


def identity(span: ReadableSpan) -> int:
    assert span.context is not None
    number: int = span.context.span_id
    return number


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    assert span.attributes is not None
    return span.attributes


def forwarded_headers(scene: Beside, queue: str) -> dict[str, Any]:
    (ready,) = scene.vhost.queues[queue].messages.ready
    return headers(ready.message.header) or {}


def test_the_trace_of_the_sender_goes_on_to_the_recipient() -> None:
    carried = {"traceparent": TRACEPARENT, "tracestate": "vendor=x", "own": 7}
    seen: dict[str, Any] = {}
    message = envelope(A, C)

    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, as_bytes(message), carried)
        await until(scene.outcomes)
        seen.update(forwarded_headers(scene, f"{C}.message"))
        (entry,) = scene.journal.select().entries
        assert headers(entry.forwarded[0].header) == seen, "the journal shows what was forwarded"

    spans = told(scenario)
    process, publish = spans["process dispatch"], spans[f"publish {C}.message"]
    assert f"{process.context.trace_id:032x}" == TRACE
    assert f"{parent_of(process):016x}" == PARENT
    assert parent_of(publish) == identity(process)
    assert seen["traceparent"] == f"00-{TRACE}-{identity(publish):016x}-01"
    assert seen["tracestate"] == "vendor=x"
    assert seen["own"] == 7
    facts = attributes(process)
    assert facts["hubemu.message.id"] == "m1"
    assert facts["hubemu.outcome"] == "routed"
    assert facts["hubemu.settled"] == "ack"
    assert facts["messaging.message.conversation_id"] == message["distributionID"]
    assert process.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("carried", [{}, {"traceparent": "nonsense"}, {"traceparent": 7}])
def test_a_message_without_a_trace_begins_one(carried: dict[str, Any]) -> None:
    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, as_bytes(envelope(A, C)), carried)
        await until(scene.outcomes)

    assert told(scenario)["process dispatch"].parent is None


def test_a_refusal_is_an_error_and_its_report_carries_the_trace() -> None:
    seen: dict[str, Any] = {}

    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, b"{}", {"traceparent": TRACEPARENT})
        await until(scene.outcomes)
        seen.update(forwarded_headers(scene, f"{A}.info"))

    spans = told(scenario)
    process, report = spans["process dispatch"], spans[f"publish {A}.info"]
    assert process.status.status_code is StatusCode.ERROR
    assert attributes(process)["hubemu.settled"] == "drop"
    assert attributes(process)["error.type"]
    assert parent_of(report) == identity(process)
    assert seen["traceparent"] == f"00-{TRACE}-{identity(report):016x}-01"


def test_a_message_that_no_queue_takes_is_an_error() -> None:
    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, as_bytes(envelope(A, "fr.health.nobody")))
        await until(scene.outcomes)

    spans = told(scenario)
    assert attributes(spans["publish fr.health.nobody.message"])["error.type"] == "returned"
    assert attributes(spans["process dispatch"])["error.type"] == "UNROUTABLE_MESSAGE"


class Service:
    """A conversion service that answers as it was given, and keeps what requests would bear."""

    def __init__(self, answer: tuple[bytes, ...] | ConversionFailed) -> None:
        self._answer = answer
        self.borne: dict[str, str] = {}

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        self.borne.update(REQUEST_HEADERS.get())
        await asyncio.sleep(0)
        if isinstance(self._answer, ConversionFailed):
            raise self._answer
        return self._answer

    async def close(self) -> None:
        """Nothing is kept."""


def test_a_conversion_is_a_span_whose_request_carries_the_trace() -> None:
    service = Service((a_case("RC-EDA"),) * 2)

    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, a_case(), {"traceparent": TRACEPARENT})
        await until(scene.outcomes)

    spans = told(scenario, NEXSIS, converter=service)
    process, convert = spans["process dispatch"], spans["convert"]
    assert parent_of(convert) == identity(process)
    assert service.borne["traceparent"] == f"00-{TRACE}-{identity(convert):016x}-01"
    assert parent_of(spans[f"publish {SDIS}.message"]) == identity(process)
    assert REQUEST_HEADERS.get() == {}


def test_a_conversion_that_failed_is_an_error_of_the_span() -> None:
    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, a_case())
        await until(scene.outcomes)

    spans = told(scenario, NEXSIS, converter=Service(ConversionFailed("no such thing")))
    assert spans["convert"].status.status_code is StatusCode.ERROR
    assert spans["convert"].status.description == "no such thing"
    assert attributes(spans["process dispatch"])["error.type"] == "INVALID_MESSAGE"


def test_a_dead_letter_is_below_the_publication_that_died() -> None:
    async def scenario(scene: Beside, traced: Traced) -> None:
        send(scene, as_bytes(envelope(A, C)), {"traceparent": TRACEPARENT})
        await until(scene.outcomes)
        taken: list[Any] = []
        consumer = scene.vhost.subscribe(f"{C}.message", taken.append, prefetch=1)
        await until(lambda: taken)
        consumer.reject(taken[0], requeue=False)
        await until(lambda: "process dispatch.dlq" in traced.spans)

    spans = told(scenario)
    letter, report = spans["process dispatch.dlq"], spans[f"publish {A}.info"]
    assert parent_of(letter) == identity(spans[f"publish {C}.message"])
    assert parent_of(report) == identity(letter)


def test_nothing_is_carried_without_tracing() -> None:
    async def course() -> None:
        async with beside() as scene:
            send(scene, as_bytes(envelope(A, C)))
            await until(scene.outcomes)
            assert "traceparent" not in forwarded_headers(scene, f"{C}.message")

    asyncio.run(course())
