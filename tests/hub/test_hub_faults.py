"""Fault rules of dispatch and converter, seen from outside by pika, on both engines."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.fault_calls import FAULTS, A, C, Message, add, error, steps, strikes
from tests.support.live import LiveHub, VHosted, until
from tests.support.messages import as_bytes, as_forwarded, envelope

B = "fr.health.samuB"


def exchange_untouched(sender: VHosted, recipient: VHosted) -> None:
    """A message of samuA to samuC arrives as ever, alone."""
    message = envelope(A, C)
    sender.publish(as_bytes(message))
    assert recipient.take("message").json == as_forwarded(message)
    assert recipient.depth("message") == 0


def others_are_untouched(hub: LiveHub, sender: VHosted) -> None:
    """What samuA sends to its own queue is not meant by the rule."""
    message = envelope(A, A)
    sender.publish(as_bytes(message))
    assert sender.take("message").json == as_forwarded(message)


@pytest.mark.parametrize(
    ("code", "name"),
    [(300, "INVALID_MESSAGE"), (501, "UNROUTABLE_MESSAGE"), (600, "MESSAGE_CONVERSION_ERROR")],
)
def test_reject_tells_the_sender_any_code(hub: LiveHub, code: int, name: str) -> None:
    add(hub, "reject", code=code, cause="because")
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        others_are_untouched(hub, sender)
        sender.publish(as_bytes(message))
        report = sender.take("info").json
        assert error(report) == (code, name, "because")
        assert recipient.depth("message") == 0
        assert steps(hub, message) == [f"rejected with {code} by fault reject-a"]
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, recipient)


def test_expire_is_answered_400(hub: LiveHub) -> None:
    add(hub, "expire")
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        code, name, cause = error(sender.take("info").json)
        others_are_untouched(hub, sender)
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, recipient)
    assert (code, name) == (400, "EXPIRED_MESSAGE_BEFORE_ROUTING")
    told = f"Message {message['distributionID']} has expired before reaching the recipient queue"
    assert cause == told


@pytest.mark.parametrize("reason", ["expired", "rejected", "maxlen"])
def test_dead_letter_is_answered_500_and_journalled_so(hub: LiveHub, reason: str) -> None:
    add(hub, "dead-letter", reason=reason)
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        code, name, cause = error(sender.take("info").json)
        others_are_untouched(hub, sender)
        (row,) = hub.http("GET", f"/api/v1/messages?q={message['distributionID']}")["messages"]
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, recipient)
    assert (code, name) == (500, "DEAD_LETTER_QUEUED")
    assert cause.endswith(f"has been read from dead-letter-queue; reason was {reason}")
    assert row["outcome"] == "dead-lettered"
    assert row["errorCode"]["statusCode"] == 500


def test_drop_loses_a_message_and_the_report_says_so(hub: LiveHub) -> None:
    add(hub, "drop", times=1)
    dropped = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(dropped))
        others_are_untouched(hub, sender)
        exchange_untouched(sender, recipient)  # once is enough: the rule has ended
        assert sender.depth("info") == 0
    assert steps(hub, dropped) == ["dropped by fault drop-a"]
    report = hub.http("GET", f"{FAULTS}/report")
    assert (report["confirmed"], report["dropped"], report["lost"]) == (3, 1, 1)
    assert hub.http("GET", FAULTS)["faults"][0]["ended"] == "times"


def test_duplicate_gives_additional_copies(hub: LiveHub) -> None:
    add(hub, "duplicate", copies=2)
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        copies = [recipient.take("message").json for _ in range(3)]
        assert copies == [as_forwarded(message)] * 3
        assert recipient.depth("message") == 0
        others_are_untouched(hub, sender)
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, recipient)
    assert steps(hub, message) == ["sent 3 times by fault duplicate-a"]


def test_misroute_gives_it_to_another(hub: LiveHub) -> None:
    add(hub, "misroute", to=B)
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as right, hub.connect(B) as wrong:
        sender.publish(as_bytes(message))
        assert wrong.take("message").json == as_forwarded(message)
        assert right.depth("message") == 0
        others_are_untouched(hub, sender)
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, right)
    status, problem = hub.refused(
        "POST", FAULTS, {"effect": "misroute", "parameters": {"to": "fr.health.samuX"}}
    )
    assert status == 409
    assert "no client is called 'fr.health.samuX': did you mean" in problem["detail"]


def test_content_type_is_what_the_rule_says(hub: LiveHub) -> None:
    add(hub, "content-type", value="text/plain")
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        got = recipient.take("message")
        assert got.properties.content_type == "text/plain"
        assert got.properties.headers["x-death-original-routing-key"] == A
        assert got.json == as_forwarded(message)
        hub.http("DELETE", FAULTS)
        sender.publish(as_bytes(message))
        assert recipient.take("message").properties.content_type == "application/json"


@pytest.mark.parametrize("how", ["truncate", "garble", "encoding", "schema"])
def test_corrupt_damages_what_the_recipient_gets(hub: LiveHub, how: str) -> None:
    add(hub, "corrupt", how=how)
    message = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        body = recipient.take("message").body
        others_are_untouched(hub, sender)
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, recipient)
    if how == "schema":
        assert json.loads(body) == {
            key: value for key, value in as_forwarded(message).items() if key != "dateTimeSent"
        }
    elif how == "encoding":
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")
    elif how == "truncate":
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    else:
        assert body.decode("utf-8", "replace") != json.dumps(as_forwarded(message))


def test_delay_holds_a_message_while_others_go_on(hub: LiveHub) -> None:
    add(hub, "delay", ms=1500)
    late = envelope(A, C)
    with hub.connect(A) as sender, hub.connect(B) as other, hub.connect(C) as recipient:
        before = time.monotonic()
        sender.publish(as_bytes(late))
        others_are_untouched(hub, sender)
        soon = envelope(B, C)
        other.publish(as_bytes(soon))
        assert recipient.take("message").json == as_forwarded(soon)
        assert recipient.take("message").json == as_forwarded(late)
        assert time.monotonic() - before >= 1.5
        hub.http("DELETE", FAULTS)
        exchange_untouched(sender, recipient)
    assert steps(hub, late) == ["held 1,500 ms by fault delay-a"]


@pytest.mark.parametrize("effect", ["delay", "pause"])
def test_what_is_held_goes_on_in_its_order_when_the_rule_is_cleared(
    hub: LiveHub, effect: str
) -> None:
    add(hub, effect, **({"ms": 3_600_000} if effect == "delay" else {}))
    messages = [envelope(A, C) for _ in range(5)]
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        for message in messages:
            sender.publish(as_bytes(message))
        others_are_untouched(hub, sender)
        until(lambda: strikes(hub) == 5)
        assert recipient.depth("message") == 0
        assert hub.http("GET", f"{FAULTS}/report")["waiting"] == 5
        hub.http("DELETE", FAULTS)
        taken = [recipient.take("message").json for _ in messages]
        assert taken == [as_forwarded(one) for one in messages]
        exchange_untouched(sender, recipient)
    assert steps(hub, messages[0])[0].startswith("held ")
    assert hub.http("GET", f"{FAULTS}/report")["lost"] == 0


@pytest.mark.parametrize(
    ("effect", "given", "told"),
    [
        ("delay", {"ms": 600_000}, "held 600,000 ms by fault delay-a"),
        ("pause", {}, "held by fault pause-a"),
        ("reorder", {"window": 2}, "held by fault reorder-a"),
    ],
)
def test_what_is_held_is_in_the_journal_at_once_and_says_by_which_rule(
    hub: LiveHub, effect: str, given: Message, told: str
) -> None:
    add(hub, effect, **given)
    message = envelope(A, C)
    path = f"/api/v1/messages?q={message['distributionID']}"
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(message))
        (row,) = hub.http("GET", f"{path}&outcome=held&wait=20")["messages"]
        assert (row["sender"], row["recipient"], row["queue"]) == (A, C, None)
        assert steps(hub, message) == [told]
        assert recipient.depth("message") == 0
        event = hub.http("GET", "/api/v1/events?kind=held")["events"][-1]
        assert (event["id"], event["reason"]) == (row["id"], told)
        hub.http("DELETE", FAULTS)
        assert recipient.take("message").json == as_forwarded(message)
        until(lambda: hub.http("GET", path)["messages"][0]["outcome"] != "held")
        (again,) = hub.http("GET", path)["messages"]
        assert again["id"] == row["id"]
    report = hub.http("GET", f"{FAULTS}/report")
    assert (report["confirmed"], report["waiting"], report["lost"]) == (1, 0, 0)


def test_pause_holds_more_than_a_window_and_others_go_on(hub: LiveHub) -> None:
    add(hub, "pause")
    number = 1_200
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        body = as_bytes(envelope(A, C))
        for _ in range(number):
            sender.publish(body)
        others_are_untouched(hub, sender)
        until(lambda: strikes(hub) == number)
        hub.http("DELETE", FAULTS)
        until(lambda: recipient.depth("message") == number)
        others_are_untouched(hub, sender)


@pytest.mark.parametrize("window", [2, 4])
def test_reorder_lets_a_window_go_in_another_order(hub: LiveHub, window: int) -> None:
    add(hub, "reorder", window=window)
    messages = [envelope(A, C) for _ in range(window)]
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        for message in messages[:-1]:
            sender.publish(as_bytes(message))
        others_are_untouched(hub, sender)
        until(lambda: strikes(hub) == window - 1)
        assert recipient.depth("message") == 0  # an incomplete window waits
        sender.publish(as_bytes(messages[-1]))
        taken = [recipient.take("message").json["distributionID"] for _ in messages]
        sent = [one["distributionID"] for one in messages]
        assert taken != sent
        assert sorted(taken) == sorted(sent)
        sender.publish(as_bytes(messages[0]))
        until(lambda: strikes(hub) == window + 1)
        hub.http("DELETE", FAULTS)
        assert recipient.take("message").json["distributionID"] == sent[0]


def test_lose_report_keeps_the_error_from_the_sender(hub: LiveHub) -> None:
    rule = {"effect": "lose-report", "name": "mute", "match": {"sender": A}, "times": 1}
    hub.http("POST", FAULTS, rule)
    wrong = envelope(A, C, senderID=B)
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        exchange_untouched(sender, recipient)
        assert strikes(hub) == 0  # a message without a report is none of its business
        sender.publish(as_bytes(wrong))
        until(lambda: strikes(hub) == 1)
        second = envelope(A, C, senderID=B)
        sender.publish(as_bytes(second))
        assert error(sender.take("info").json)[0] == 200
        assert sender.depth("info") == 0
    report = hub.http("GET", f"{FAULTS}/report")
    assert (report["reportsLost"], report["lost"]) == (1, 1)
    assert steps(hub, wrong) == ["error report lost by fault mute"]


def test_the_log_is_the_same_for_the_same_rules_and_messages(hub: LiveHub) -> None:
    logs = set()
    for _ in range(3):
        hub.http("POST", "/api/v1/reset")
        rule = {"effect": "duplicate", "probability": 0.5, "match": {"vhost": "15-15_v2.0"}}
        hub.http("POST", FAULTS, rule)
        with hub.connect(A) as first, hub.connect(B) as second:
            for _ in range(10):
                first.publish(as_bytes(envelope(A, C)))
                second.publish(as_bytes(envelope(B, C)))
        until(lambda: len(hub.http("GET", f"{FAULTS}/log").splitlines()) == 20)
        logs.add(hub.http("GET", f"{FAULTS}/log"))
    (log,) = logs
    lines = [json.loads(line) for line in log.splitlines()]
    assert {one["struck"] for one in lines} == {True, False}
    assert all(one["struck"] == (one["draw"] < 0.5) for one in lines)


def test_reset_clears_the_rules_and_what_they_hold(hub: LiveHub) -> None:
    add(hub, "pause")
    with hub.connect(A) as sender, hub.connect(C) as recipient:
        sender.publish(as_bytes(envelope(A, C)))
        until(lambda: strikes(hub) == 1)
        hub.http("POST", "/api/v1/reset")
        assert hub.http("GET", FAULTS)["faults"] == []
        assert recipient.depth("message") == 0
        exchange_untouched(sender, recipient)


def test_rules_over_http(hub: LiveHub) -> None:
    first = add(hub, "delay", ms=1)
    assert first["parameters"] == {"ms": 1, "jitterMs": 0}
    assert (first["where"], first["after"], first["every"]) == ("dispatch", 0, 1)
    listed = hub.http("GET", FAULTS)
    assert listed["faults"] == [first]
    assert isinstance(listed["seed"], int)
    assert hub.http("GET", f"{FAULTS}/report")["unused"] == ["delay-a"]
    assert hub.refused("DELETE", f"{FAULTS}/f99")[0] == 404
    hub.http("DELETE", f"{FAULTS}/{first['id']}")
    assert hub.http("GET", FAULTS)["faults"] == []
    status, problem = hub.refused("POST", FAULTS, {"effect": "delay", "parameters": {"msec": 1}})
    assert status == 422
    assert problem["errors"][0]["pointer"] == "#/parameters/msec"
    assert "did you mean 'ms'?" in problem["detail"]
    assert hub.refused("POST", FAULTS, {"effect": "drop", "strikes": 1})[0] == 422
