"""Messages in XML read by their form, beside the ordinary way."""

from __future__ import annotations

import re
from random import Random
from unittest.mock import patch

import msgspec

from hubemu.messages import Envelope, MessageError, Release, example_tree
from hubemu.messages.xml.form_messages import FormMessages


def ordinary(release: Release, body: bytes) -> Envelope:
    """The message as it is read without a form."""
    with patch.object(FormMessages, "read", return_value=None):
        return release.parse(body, "xml")


def form_is_ordinary(release: Release, body: bytes) -> bool:
    """Whether a form took the message; if so, the ordinary way must say the same."""
    try:
        formed = release.parse(body, "xml")
    except MessageError:
        return False
    if formed.formed is None:
        return False
    slowly = ordinary(release, body)
    told = {"source": slowly.source, "formed": None}
    assert msgspec.structs.replace(formed, **told) == slowly
    assert formed.tree == slowly.tree
    for format_ in ("json", "xml"):
        assert release.write(formed, format_) == release.write(slowly, format_)
    release.validate(body, "xml")
    return True


def example_xml(type_name: str, release: Release, seed: int, extent: str = "random") -> bytes:
    # One of the extents.
    tree = example_tree(type_name, release, seed=seed, extent=extent)  # type: ignore[arg-type]
    return release.write_tree(tree, "xml")


def laid_out(body: bytes, random: Random) -> bytes:
    """The same message as other software may print it: gaps, quotes, declaration, line ends."""
    gap = random.choice(("", "\n", "\n  ", "\r\n\t", " "))
    text = re.sub(r"(?<=>)(?=<)", gap, body.decode())
    declaration = random.choice(
        (
            "",
            "<?xml version='1.0' encoding='UTF-8'?>",
            '<?xml version="1.0" encoding="utf-8" ?>\n',
            '<?xml version="1.0"?>\r\n',
        )
    )
    text = text[text.index("<edxl") :]
    if random.random() < 0.5:
        text = text.replace('"', "'")
    if random.random() < 0.5:
        text = text.replace(" xlink:type=", "\n   xlink:type=", 1)
    return (declaration + text + random.choice(("", "\n"))).encode()
