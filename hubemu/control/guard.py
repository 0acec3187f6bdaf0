"""Who may speak to the control API: this machine's own tools and pages, no foreign web site.

1. The Host header must be a name the Hub answers to: a site that points its own name at this
   machine (DNS rebinding) is refused.
2. A request that changes something must not come from a page of another origin.
3. No CORS header is ever sent, and every answer carries the security headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubemu.control.problems import Problem, problem_response

__all__ = ["HostNames", "OriginGuard", "refuse_cross_site"]

_AUTHORITY = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@\s]+)(?::[0-9]{1,5})?")
_OWN = frozenset({"localhost", "127.0.0.1", "::1", "messaging.hub.localhost", "hub", "rabbitmq"})
"""The names every server certificate of the Hub bears; containers call it by the last ones."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


class HostNames:
    """The names the Hub answers to over HTTP.

    Args:
        bound: the address it listens on.
        names: those that `--san` adds.
    """

    def __init__(self, bound: str, names: Iterable[str] = ()) -> None:
        self._names = _OWN | {name.lower().strip("[]") for name in (bound, *names)}
        # Behind a wildcard address the machine has addresses we cannot list (containers, NAT).
        # An address needs no DNS answer, so it cannot be rebound: any of them is safe.
        self._any_address = _is_wildcard(bound)

    def refuse(self, host: str | None) -> None:
        """Refuse a Host header that is absent or names somebody else.

        Raises:
            Problem: 400 without a usable header, 421 for a foreign name.
        """
        match = _AUTHORITY.fullmatch(host or "")
        if match is None:
            raise Problem(HTTPStatus.BAD_REQUEST, "A Host header such as localhost is needed.")
        name = match["name"].lower().strip("[]").removesuffix(".")
        if name in self._names or (self._any_address and _is_address(name)):
            return
        raise Problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            f"This Hub does not answer to the name {name!r}: call it localhost or 127.0.0.1, "
            f"or start it with --san {name}.",
        )


def refuse_cross_site(method: str, headers: Mapping[str, str]) -> None:
    """Refuse a change asked for by a web page of another origin.

    Raises:
        Problem: 403.
    """
    if method in _SAFE_METHODS:
        return
    site = headers.get("sec-fetch-site", "none")
    origin = headers.get("origin")
    own = origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()
    if site not in ("same-origin", "none") or not own:
        detail = (
            f"This request comes from a page of another origin ({origin or site}); only the Hub's "
            "own pages and programs that are not browsers may change it."
        )
        raise Problem(HTTPStatus.FORBIDDEN, detail)


class OriginGuard:
    """ASGI middleware that applies the three rules to every request."""

    def __init__(self, app: ASGIApp, hosts: HostNames) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or refuse it with a problem."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        request_headers = Headers(scope=scope)
        try:
            self._hosts.refuse(request_headers.get("host"))
            refuse_cross_site(scope["method"], request_headers)
        except Problem as problem:
            response = problem_response(problem, scope["path"])
            await response(scope, receive, send_secured)
            return
        await self._app(scope, receive, send_secured)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_wildcard(host: str) -> bool:
    return host in ("", "*") or (_is_address(host) and ip_address(host).is_unspecified)
