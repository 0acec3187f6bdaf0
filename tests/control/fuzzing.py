"""Requests with odd values in every place: `python -m tests.control.fuzzing --seconds 60`.

Whatever comes, the control API answers, never with 500, and the Hub goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_from_bytes

import httpx

from hubemu.service import serve
from hubemu.settings import Settings

__all__ = ["Finding", "Fuzzer", "play"]

ODD_TEXTS: Final = (
    "",
    " ",
    "\0",
    "é",
    "\ufffd",
    "\U0001f691",
    "a" * 70_000,
    "../../../etc/passwd",
    "%00",
    "fr.health.samuA",
    "15-15_v2.0",
    "-1",
    "1e400",
    "NaN",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59+14:00",
    "*",
    "[",
    "(a+)+$",
    "<x/>",
    "{}",
)
ODD_VALUES: Final[tuple[Any, ...]] = (
    *ODD_TEXTS,
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63),
    10**400,
    0.0,
    -0.0,
    1e308,
    1e-320,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"a": {"b": [1, {"c": ""}]}},
)
FOUND: Final[tuple[dict[str, Any], ...]] = (
    {"method": "GET", "url": "/ocsp/igc-sante/%F0%9F%9A%91"},
    {"method": "GET", "url": "/ocsp/%20/%EF%BF%BD"},
    {"method": "POST", "url": "/api/v1/certs/inspect", "json": {"certificate": "\U0001f691"}},
)
"""What was a fault once: tried first."""
_RAW: Final = (
    b"",
    b"\xff\xfe",
    b"{",
    b"null",
    b"[" * 5_000,
    b'{"a":' * 5_000,
    b'{"a": NaN}',
    b'{"a": "\\ud800"}',
    b'{"a": 1, "a": 2}',
    b"\xef\xbb\xbf{}",
    b"a=b&c=d",
    b"\0" * 1_000,
)
_KINDS: Final = (
    "application/json",
    "application/xml",
    "text/plain",
    "",
    "a/b; charset=\xff",
    "json",
)
_STREAMED: Final = 65_536
_PATIENCE: Final = 30.0


@dataclass
class Finding:
    """A request that was answered as none may be."""

    seed: int
    request: str
    told: str


@dataclass
class Fuzzer:
    """Makes requests of what the Hub says that it understands."""

    api: Mapping[str, Any]
    chance: random.Random
    _operations: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for path, methods in sorted(self.api["paths"].items()):
            for method, operation in sorted(methods.items()):
                if method in ("get", "put", "post", "delete"):
                    self._operations.append((method.upper(), path, operation))

    def request(self) -> dict[str, Any]:
        """Arguments of a call."""
        method, path, operation = self.chance.choice(self._operations)
        query: list[str] = []
        for parameter in operation.get("parameters", ()):
            value = self._text()
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
            elif self.chance.random() < 0.6:
                query += [f"{parameter['name']}={quote(value, safe='')}"] * self.chance.choice(
                    (1, 1, 1, 2)
                )
        if self.chance.random() < 0.1:
            query.append(quote_from_bytes(self.chance.randbytes(6)) + "=1")
        if self.chance.random() < 0.05:
            method = self.chance.choice(("PATCH", "HEAD", "OPTIONS", "PUT", "DELETE", "ODD"))
        url = f"{path}?{'&'.join(query)}" if query else path
        made: dict[str, Any] = {"method": method, "url": url}
        if method in ("POST", "PUT", "PATCH"):
            made["content"] = self._body(operation)
            made["headers"] = {"Content-Type": self.chance.choice((_KINDS[0],) * 8 + _KINDS)}
            made["headers"]["Content-Type"] = made["headers"]["Content-Type"].encode("latin-1")
        return made

    def _text(self) -> str:
        if self.chance.random() < 0.2:
            return str(self.chance.choice((1, 5, "true", "message", "asc", "json", "xml")))
        return self.chance.choice(ODD_TEXTS)

    def _body(self, operation: Mapping[str, Any]) -> bytes:
        if self.chance.random() < 0.1:
            return self.chance.choice(_RAW)
        content = operation.get("requestBody", {}).get("content", {})
        schema: Mapping[str, Any] = next((one.get("schema", {}) for one in content.values()), {})
        return json.dumps(self._value(schema, 0)).encode()

    def _value(self, schema: Mapping[str, Any], depth: int) -> Any:
        """A value of the schema, with something odd in some places."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = self.api["components"]["schemas"].get(name, {})
        if depth > 6 or self.chance.random() < 0.25:
            return self.chance.choice(ODD_VALUES)
        for kind in ("oneOf", "anyOf", "allOf"):
            if schema.get(kind):
                return self._value(self.chance.choice(schema[kind]), depth + 1)
        if schema.get("enum"):
            return self.chance.choice(schema["enum"])
        if "properties" in schema:
            needed = schema.get("required", ())
            return {
                name: self._value(part, depth + 1)
                for name, part in schema["properties"].items()
                if self.chance.random() < (0.9 if name in needed else 0.4)
            }
        if schema.get("type") == "array":
            part = schema.get("items", {})
            return [self._value(part, depth + 1) for _ in range(self.chance.randrange(3))]
        return schema.get("example", self.chance.choice(ODD_VALUES))


async def _answer(client: httpx.AsyncClient, made: dict[str, Any]) -> tuple[int, str]:
    """Status and beginning of an answer; of one that streams, what came first."""
    async with asyncio.timeout(_PATIENCE), client.stream(**made) as response:
        if response.headers.get("Content-Type", "").startswith("text/event-stream"):
            return response.status_code, ""
        content = b""
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > _STREAMED:
                break
        return response.status_code, content.decode("utf-8", "replace")


async def play(home: Path, seed: int, requests: int, seconds: float = 1e9) -> list[Finding]:
    """Send requests to a Hub of its own; those that were answered as none may be."""
    found: list[Finding] = []
    end = time.monotonic() + seconds
    async with serve(Settings(home=home, port=0, http_port=0)) as hub:
        url = hub.endpoints()["http"]
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=_PATIENCE) as client:
            api = (await client.get("/api/v1/openapi.json")).json()
            for number in range(requests):
                if time.monotonic() > end:
                    break
                made = (
                    FOUND[number]
                    if number < len(FOUND)
                    else Fuzzer(api, random.Random(f"{seed}.{number}")).request()
                )
                try:
                    status, told = await _answer(client, made)
                except httpx.InvalidURL:
                    continue
                except (httpx.HTTPError, TimeoutError) as error:
                    status, told = 0, repr(error)
                if status in (0, 500) or "Traceback" in told or "fault of hubemu" in told:
                    found.append(Finding(number, repr(made)[:3_000], f"{status} {told[:600]}"))
            await client.post("/api/v1/reset")
            if (health := await client.get("/health")).status_code != 200:
                found.append(Finding(-1, "/health", health.text))
    return found


def main() -> int:
    """1 if an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(play(Path(folder) / "home", options.seed, 10**9, options.seconds))
    for one in found:
        sys.stdout.write(f"--seed {options.seed}, {one.seed}: {one.request}\n  {one.told}\n")
    sys.stdout.write(f"seed {options.seed}: {len(found)} wrong\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
