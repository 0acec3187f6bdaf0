"""Traces of a Hub that is up, as a collector gets them; and what is told where there are none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.collector import Collector, collector
from tests.support.commands import hubemu
from tests.support.live import live_hub
from tests.support.messages import as_bytes, envelope

A, C = "fr.health.samuA", "fr.health.samuC"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def exchange(home: Path, *options: str, **environment: str) -> Collector:
    """A message goes from samuA to samuC and is acknowledged; what a collector was sent then."""
    with collector() as kept:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": kept.url} | environment
        with live_hub(home, *options, environment=settings) as hub:
            with hub.connect(A) as sender:
                sender.publish(as_bytes(envelope(A, C)), headers={"traceparent": TRACEPARENT})
            with hub.connect(C) as recipient:
                took = recipient.take("message")
        given = (took.properties.headers or {}).get("traceparent", "")
        if kept.spans:
            publish = kept.named(f"publish {C}.message")
            assert given == f"00-{TRACE}-{publish.span_id.hex()}-01"
        else:
            assert given == TRACEPARENT
        return kept


def test_a_message_is_traced_from_its_publication_to_its_acknowledgement(home: Path) -> None:
    kept = exchange(home, "--traces", "otlp")
    settle = kept.named(f"settle {C}.message")
    assert settle.parent_span_id == kept.named(f"publish {C}.message").span_id
    assert [event.name for event in settle.events] == ["delivered"]
    facts = {pair.key: pair.value.string_value for pair in settle.attributes}
    assert facts["hubemu.outcome"] == "acknowledged"
    assert {span.trace_id.hex() for span in kept.spans} == {TRACE}
    assert kept.services == {"hubemu"}


def test_opentelemetrys_own_variables_ask_for_it_and_name_the_service(home: Path) -> None:
    kept = exchange(home, OTEL_TRACES_EXPORTER="otlp", OTEL_SERVICE_NAME="our-hub")
    assert kept.services == {"our-hub"}


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_nothing_is_traced_nor_carried_unless_asked(
    home: Path, environment: dict[str, str]
) -> None:
    assert exchange(home, **environment).spans == []


def test_an_unknown_exporter_is_a_mistake(home: Path) -> None:
    ended = hubemu("up", "--traces", "oltp", home=home)
    assert ended.code == 2
    assert "'oltp' is no exporter of traces; use otlp, console, none" in ended.err
    assert "otlp" in ended.err.partition("did you mean")[2].lower()


@pytest.fixture
def without_opentelemetry(tmp_path: Path) -> str:
    """A PYTHONPATH on which OpenTelemetry is not found."""
    hidden = "import sys\nsys.modules['opentelemetry'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    return f"{tmp_path}:{Path(__file__).parents[2]}"


@pytest.mark.skipif(sys.platform == "win32", reason="a PYTHONPATH with colons")
def test_without_the_extra_the_option_is_refused_and_the_variable_told(
    home: Path, without_opentelemetry: str
) -> None:
    ended = hubemu("up", "--traces", "otlp", home=home, PYTHONPATH=without_opentelemetry)
    assert ended.code == 2
    assert "pip install 'hubemu[otel]'" in ended.err
    assert len(ended.err.splitlines()) == 1
    run = hubemu(
        "run",
        "--",
        sys.executable,
        "-c",
        "print('it ran')",
        home=home,
        PYTHONPATH=without_opentelemetry,
        OTEL_TRACES_EXPORTER="otlp",
    )
    assert run.code == 0, run.err
    assert "it ran" in run.out
    assert "OTEL_TRACES_EXPORTER is set, but there are no traces" in run.err
