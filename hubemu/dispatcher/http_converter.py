"""The CISU conversion service over HTTP (facts: converter 1 and 4)."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import httpx
import orjson

from hubemu.dispatcher.converter import REQUEST_HEADERS, ConversionFailed, messages_in
from hubemu.errors import InputError
from hubemu.messages.text.json_text import MAX_BODY

__all__ = ["HttpConverter"]

DEADLINE = 30.0
"""Seconds the service may take. The real dispatcher waits for ever; a test Hub must not."""
MAX_ANSWER = 2 * MAX_BODY
"""Octets an answer may have, unpacked: more than that is no message, and is read no further."""
_VERSIONS = b',"sourceVersion":"v3","targetVersion":"v3","cisuConversion":true}'


class HttpConverter:
    """The official conversion service at a URL such as `http://converter:8080`.

    Both forms of its answer are understood: `edxl` (until 2.6) and `converted_messages`.

    Raises:
        InputError: the URL cannot be one.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE) -> None:
        base = url.rstrip("/")
        if not base.startswith(("http://", "https://")):
            raise InputError("--converter", f"{url!r} is not a URL such as http://converter:8080")
        self._url = f"{base}/convert"
        self._deadline = deadline
        self._client: httpx.AsyncClient | None = None

    async def convert(self, edxl: bytes, vhost: str) -> tuple[bytes, ...]:
        """See `Converter`."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._deadline, trust_env=False)
        try:
            async with asyncio.timeout(self._deadline):
                return await self._ask(self._client, edxl)
        except (httpx.TimeoutException, TimeoutError):
            raise ConversionFailed(f"no answer from {self._url} in {self._deadline:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConversionFailed(f"{self._url} cannot be reached: {error}") from error

    async def _ask(self, client: httpx.AsyncClient, edxl: bytes) -> tuple[bytes, ...]:
        request = client.stream(
            "POST",
            self._url,
            content=b'{"edxl":' + edxl + _VERSIONS,
            headers={"Content-Type": "application/json", **REQUEST_HEADERS.get()},
        )
        async with request as response:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MAX_ANSWER:
                    raise ConversionFailed(f"its answer has more than {MAX_ANSWER} bytes")
            return _messages(response, bytes(content))

    async def close(self) -> None:
        """See `Converter`."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


def _messages(response: httpx.Response, content: bytes) -> tuple[bytes, ...]:
    answer = _json(content)
    if response.status_code != HTTPStatus.OK:
        text = answer.get("error")
        if not isinstance(text, str):
            text = f"{response.status_code} {response.reason_phrase}"
        raise ConversionFailed(text)
    return messages_in(answer)


def _json(content: bytes) -> dict[str, Any]:
    """The answer as an object, empty if it is none."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
