"""What a certificate names for its revocation, asked from here (P10)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from hubemu.errors import InputError
from hubemu.rehearsal.revocation_reach import reach_findings
from tests.rehearsal.conftest import Rehearse
from tests.support.chain_making import leaf, root


class Lists(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = {"/good.crl": b"a list", "/empty.crl": b""}.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def at() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Lists) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def closed() -> str:
    """An address at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


def naming(crl: str = "", ocsp: str = "") -> x509.Certificate:
    """A certificate that names these."""
    extra: list[tuple[x509.ExtensionType, bool]] = []
    if crl:
        name = x509.UniformResourceIdentifier(crl)
        point = x509.DistributionPoint([name], None, None, None)
        extra.append((x509.CRLDistributionPoints([point]), False))
    if ocsp:
        name = x509.UniformResourceIdentifier(ocsp)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, name)
        extra.append((x509.AuthorityInformationAccess([access]), False))
    return leaf(root("own root"), extra=extra).certificate


def test_what_answers_is_nothing_to_tell(at: str) -> None:
    assert reach_findings([naming()]) == []
    assert reach_findings([naming(f"{at}/good.crl")]) == []
    # A responder answers a bare GET as it likes: it is there.
    assert reach_findings([naming(ocsp=f"{at}/ocsp")]) == []


@pytest.mark.parametrize(
    ("path", "said"), [("/gone.crl", "HTTP 404"), ("/empty.crl", "an empty answer")]
)
def test_a_list_that_is_not_there_is_p10(at: str, path: str, said: str) -> None:
    (found,) = reach_findings([naming(f"{at}{path}")])
    assert (found.code, found.blocks) == ("P10", False)
    assert found.detail == f"{at}{path}: {said}"


def test_where_nobody_answers_is_p10_once() -> None:
    nobody = closed()
    (found,) = reach_findings([naming(f"{nobody}/a.crl"), naming(ocsp=f"{nobody}/ocsp")])
    assert found.detail.count("refused") == 2


def test_other_addresses_are_left_alone() -> None:
    assert reach_findings([naming("ldap://127.0.0.1/cn=x"), naming("file:///etc/passwd")]) == []


def test_it_needs_a_vendors_own_files(rehearsed: Rehearse) -> None:
    with pytest.raises(InputError, match="needs your own files"):
        rehearsed(asks_revocation=True)
