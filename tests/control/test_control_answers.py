"""Answers with a tag: sent again only when they are others, changed only by who has read them."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from hubemu.control.answers import require_match, tagged_response
from hubemu.control.problems import Problem

TABLES = {"clients": [{"id": "fr.health.samuA"}]}


def asked(**headers: str) -> Request:
    written = [(name.replace("_", "-").encode(), one.encode()) for name, one in headers.items()]
    return Request({"type": "http", "headers": written})


TAG = tagged_response(asked(), TABLES).headers["etag"]


@pytest.mark.parametrize("known", [TAG, f"W/{TAG}", f'"other", {TAG}', "*"])
def test_what_a_caller_has_is_not_sent_again(known: str) -> None:
    answer = tagged_response(asked(if_none_match=known), TABLES)
    assert (answer.status_code, answer.body, answer.headers["etag"]) == (304, b"", TAG)


@pytest.mark.parametrize("known", ["", '"other"', TAG.strip('"')])
def test_what_is_another_is_sent(known: str) -> None:
    answer = tagged_response(asked(if_none_match=known), TABLES)
    assert answer.status_code == 200
    assert answer.body == b'{"clients":[{"id":"fr.health.samuA"}]}'
    assert tagged_response(asked(), {"clients": []}).headers["etag"] != TAG


@pytest.mark.parametrize("headers", [{}, {"if_match": TAG}, {"if_match": "*"}])
def test_who_has_read_what_is_there_may_change_it(headers: dict[str, str]) -> None:
    require_match(asked(**headers), TABLES)


def test_who_has_read_something_else_may_not() -> None:
    with pytest.raises(Problem) as refused:
        require_match(asked(if_match='"other"'), TABLES)
    assert refused.value.status == 412
    assert "read it again" in refused.value.detail
