"""Metrics under the real Hub's names."""

from __future__ import annotations

from prometheus_client import generate_latest

from hubemu.dispatcher import Metrics


def test_names_and_labels_are_the_real_hubs() -> None:
    metrics = Metrics()
    metrics.dispatched(("fr.health.samuA", "15-15_v2.0", "RS-EDA", "Exos"))
    metrics.dispatched(("fr.health.samuA", "15-15_v2.0", "RS-EDA", "Exos"))
    metrics.failed("INVALID_MESSAGE", "fr.health.samuA", "15-15_v2.0", "Exos")
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


def test_two_hubs_in_a_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.dispatched(("a", "v", "t", "e"))
    assert b"dispatch_message_total{" not in generate_latest(other.registry)
