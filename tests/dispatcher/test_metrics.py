"""Metrics under the real Hub's names."""

from __future__ import annotations

from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from hubemu.dispatcher import Metrics


def test_names_and_labels_are_the_real_hubs() -> None:
    metrics = Metrics()
    metrics.dispatched(("fr.health.samuA", "15-15_v2.0", "RS-EDA", "Exos"), "m1")
    metrics.dispatched(("fr.health.samuA", "15-15_v2.0", "RS-EDA", "Exos"), "m2")
    metrics.failed(("INVALID_MESSAGE", "fr.health.samuA", "15-15_v2.0", "Exos"), "m3")
    metrics.dispatch_time.took(0.25)
    metrics.dead_letter_time.took(0.5)
    text = generate_latest(metrics.registry).decode()
    labels = 'editor="Exos",sender="fr.health.samuA"'
    assert f'dispatch_message_total{{{labels},use_case="RS-EDA",vhost="15-15_v2.0"}} 2.0' in text
    assert (
        'dispatch_error_total{editor="Exos",reason="INVALID_MESSAGE",'
        'sender="fr.health.samuA",vhost="15-15_v2.0"} 1.0' in text
    )
    assert "overall_dispatch_time_seconds_count 1.0" in text
    assert "overall_dispatch_time_seconds_sum 0.25" in text
    assert "dlq_overall_dispatch_time_seconds_sum 0.5" in text


def test_the_last_message_counted_is_an_exemplar() -> None:
    metrics = Metrics()
    for message in ("m1", "m2"):
        metrics.dispatched(("fr.health.samuA", "15-15_v2.0", "RS-EDA", "Exos"), message)
    metrics.failed(("NOT_PERSISTENT", "other", "15-15_v2.0", "unknown"), "m3")
    # It has no types.
    text = openmetrics(metrics.registry).decode()  # type: ignore[no-untyped-call]
    # It has no types.
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    samples = [one for family in families for one in family.samples if one.exemplar]
    assert {one.name: one.exemplar.labels["hubemu_message_id"] for one in samples} == {
        "dispatch_message_total": "m2",
        "dispatch_error_total": "m3",
    }


def test_two_hubs_in_a_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.dispatched(("a", "v", "t", "e"), "m1")
    assert b"dispatch_message_total{" not in generate_latest(other.registry)
