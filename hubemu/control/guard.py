"""Who may speak to the control API: this machine's own tools and pages, no foreign web site.

1. The Host header must be a name the Hub answers to: a site that points its own name at this
   machine (DNS rebinding) is refused.
2. A request that does something must not come from a page of another origin.
3. Where the Hub listens beyond loopback, a request must bear its token; but for what certificates
   name for their revocation.
4. No CORS header is ever sent, and every answer carries the security headers.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from http import HTTPStatus
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubemu.control.problems import Problem, problem_response

__all__ = ["Door", "HostNames", "refuse_cross_site", "refuse_foreign_page", "require_token"]

_AUTHORITY = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@\s]+)(?::[0-9]{1,5})?")
_OWN = frozenset(
    {
        "localhost",
        "127.0.0.1",
        "::1",
        "messaging.hub.localhost",
        "hub",
        "embedded",
        "rabbitmq",
        "host.docker.internal",
    }
)
"""The names every server certificate of the Hub bears; containers call it by the last ones."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FOR_EVERYBODY = ("/crl/", "/ocsp/", "/page/")
"""What is read by whoever checks a certificate, which cannot bear a token, and the page's own
files, which ask for the token: nothing secret."""
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
    if method not in _SAFE_METHODS:
        refuse_foreign_page(headers)


def refuse_foreign_page(headers: Mapping[str, str]) -> None:
    """Refuse what a web page of another origin asks for.

    Raises:
        Problem: 403.
    """
    site = headers.get("sec-fetch-site", "none")
    origin = headers.get("origin")
    own = origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()
    if site not in ("same-origin", "none") or not own:
        detail = (
            f"This request comes from a page of another origin ({origin or site}); only the Hub's "
            "own pages and programs that are not browsers may act on it."
        )
        raise Problem(HTTPStatus.FORBIDDEN, detail)


def require_token(token: str, headers: Mapping[str, str]) -> None:
    """Refuse a request that does not bear `token`, as a bearer's or, in a browser, as a password.

    Raises:
        Problem: 401, with the two ways as challenges.
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    shown = _password(given) if scheme.lower() == "basic" else given.strip()
    if scheme.lower() in ("bearer", "basic") and compare_digest(shown.encode(), token.encode()):
        return
    what = "wants the token that" if not scheme else "wants another token: the one that"
    raise Problem(
        HTTPStatus.UNAUTHORIZED,
        f"This Hub {what} `hubemu up` printed or was given (--http-token), also in the file "
        "http-token of its home, as `Authorization: Bearer TOKEN`; a browser takes it as the "
        "password, with any name.",
        headers={"WWW-Authenticate": 'Bearer realm="hubemu", Basic realm="hubemu"'},
    )


def _password(credentials: str) -> str:
    """The password of Basic credentials (RFC 7617), empty where they are none."""
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


class Door:
    """ASGI middleware that applies the rules to every request.

    Args:
        hosts: names the Hub answers to.
        token: what a request must bear; `None`: nothing.
    """

    def __init__(self, app: ASGIApp, hosts: HostNames, token: str | None = None) -> None:
        self._app = app
        self._hosts = hosts
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or refuse it with a problem."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            self._admit(scope["method"], scope["path"], Headers(scope=scope))
        except Problem as problem:
            response = problem_response(problem, scope["path"])
            await response(scope, receive, send_secured)
            return
        await self._app(scope, receive, send_secured)

    def _admit(self, method: str, path: str, headers: Headers) -> None:
        self._hosts.refuse(headers.get("host"))
        refuse_cross_site(method, headers)
        if self._token is not None and path != "/" and not path.startswith(_FOR_EVERYBODY):
            require_token(self._token, headers)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_wildcard(host: str) -> bool:
    return host in ("", "*") or (_is_address(host) and ip_address(host).is_unspecified)
