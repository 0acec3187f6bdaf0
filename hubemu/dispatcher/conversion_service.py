"""The conversion service that a Hub was told of."""

from __future__ import annotations

from hubemu.dispatcher.converter import Converter

__all__ = ["converter_at"]


def converter_at(url: str | None) -> Converter | None:
    """The conversion service at a URL such as `http://converter:8080`, if there is one.

    Raises:
        InputError: the URL cannot be one.
    """
    if url is None:
        return None
    # Imported here: its HTTP client would slow down the start of every Hub without a converter.
    from hubemu.dispatcher.http_converter import HttpConverter

    return HttpConverter(url)
