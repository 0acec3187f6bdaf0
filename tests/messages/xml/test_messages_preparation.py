"""What reads a type of XML messages may be made before the first of them is read."""

from __future__ import annotations

from threading import Thread
from unittest.mock import patch

import pytest

from hubemu.messages import Release, load_release
from hubemu.messages.releases.catalogue import release_files
from hubemu.messages.xml.form_messages import FormMessages
from tests.support.forms import example_xml


@pytest.fixture
def release() -> Release:
    """One that has read nothing yet."""
    return Release(release_files("2.0.0"), frozenset())


def body(type_name: str) -> bytes:
    return example_xml(type_name, load_release("2.0.0"), 1)


def test_each_type_is_prepared_once_and_by_a_thread_if_one_likes(release: Release) -> None:
    for name in ("RS-EDA", "RC-REF"):
        prepare = release.preparation(body(name))
        assert prepare is not None
        thread = Thread(target=prepare)
        thread.start()
        thread.join()
        assert release.preparation(body(name)) is None
    assert release.preparation(body("RS-EDA")) is None
    with patch.object(FormMessages, "_made", side_effect=AssertionError("made already")):
        assert release.parse(body("RS-EDA"), "xml").formed is not None
        assert release.parse(body("RC-REF"), "xml").formed is not None


def test_what_was_read_unprepared_needs_none(release: Release) -> None:
    assert release.preparation(body("RS-EDA")) is not None
    release.validate(body("RS-EDA"), "xml")
    assert release.preparation(body("RS-EDA")) is None
    assert release.preparation(body("RC-REF")) is not None


def test_what_no_form_reads_needs_none_but_the_modules(release: Release) -> None:
    for content in (b"<x/>", b"<", b"", body("RS-EDA").replace(b"createCaseHealth", b"nothing")):
        if (prepare := release.preparation(content)) is not None:
            prepare()
        assert release.preparation(content) is None
