"""Every refusal has a reason and a mend, those of clients that nobody foresaw too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubemu.broker.core.errors import REPLY_NAMES
from hubemu.events import Situation, reason_for

A = "fr.health.samuA"


@pytest.mark.parametrize(
    ("text", "method", "mend"),
    [
        (
            "ACCESS_REFUSED - write access to topic 'x' in exchange 'hubsante' in vhost 'v' was",
            "basic.publish",
            f"publish with your own id, {A}, as the routing key",
        ),
        (
            "ACCESS_REFUSED - configure access to queue 'q' in vhost 'v' refused for user 'u'",
            "queue.declare",
            "declare passively",
        ),
        (
            "ACCESS_REFUSED - read access to queue 'q' in vhost 'v' refused for user 'u'",
            "basic.consume",
            f"read your own queues: {A}.message",
        ),
    ],
)
def test_rabbitmq_4_words_are_understood_too(text: str, method: str, mend: str) -> None:
    situation = Situation(scope="channel", code=403, text=text, method=method, ids=(A,))
    assert mend in reason_for(situation).mend


def test_a_client_with_a_few_ids_is_told_all_of_them() -> None:
    text = "ACCESS_REFUSED - access to topic 'x' in exchange 'hubsante' in vhost 'v' refused"
    told = reason_for(Situation(scope="channel", code=403, text=text, ids=("a", "b")))
    assert "your own id, a or b, as" in told.mend


@given(
    code=st.sampled_from([0, *REPLY_NAMES]),
    scope=st.sampled_from(["login", "vhost", "channel", "connection"]),
    text=st.text() | st.from_regex(r"access to (topic|queue|exchange) '.*' in exchange '.*'"),
    method=st.sampled_from(["", "basic.publish", "queue.declare", "connection.open"]),
    ids=st.lists(st.text(), max_size=4),
)
def test_whatever_is_refused_has_a_reason_and_a_mend(
    code: int, scope: str, text: str, method: str, ids: list[str]
) -> None:
    told = reason_for(Situation(scope=scope, code=code, text=text, method=method, ids=ids))
    assert told.why
    assert told.mend
