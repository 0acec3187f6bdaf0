"""The conversion service that a Hub was told of (`--converter`)."""

from __future__ import annotations

from collections.abc import Mapping

from hubemu.conversion import ConversionService
from hubemu.dispatcher.built_in_converter import BuiltInConverter
from hubemu.dispatcher.context import VHostContext
from hubemu.dispatcher.converter import Converter
from hubemu.settings import BUILT_IN, NO_CONVERSIONS

__all__ = ["converter_of"]


def converter_of(
    choice: str, conversions: ConversionService, contexts: Mapping[str, VHostContext]
) -> Converter | None:
    """What makes the conversions of a Hub, if anything does.

    Args:
        choice: `built-in`, `none`, or the URL of a service such as `http://converter:8080`.
        conversions: makes those that are built in.
        contexts: the vHosts of the Hub.

    Raises:
        InputError: the URL cannot be one.
    """
    if choice == NO_CONVERSIONS:
        return None
    if choice == BUILT_IN:
        return BuiltInConverter(conversions, contexts)
    # Imported here: its HTTP client would slow down the start of every other Hub.
    from hubemu.dispatcher.http_converter import HttpConverter

    return HttpConverter(choice)
