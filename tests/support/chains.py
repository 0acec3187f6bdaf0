"""Chains of certificates with one thing different in each, in the manner of x509-limbo.

Each case says what is trusted, what a client sends, and how a real RabbitMQ (3.10 on OTP 25) takes
it: asked of a node in tests/hub, pinned here, and matched by the embedded engine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from hubemu.pki.weak_signature import sign_with_sha1

__all__ = ["CASES", "HOST", "Case", "Certificate"]

HOST = "chains.test.vendor.example"
NOW = datetime.now(UTC).replace(microsecond=0)
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def key_pem(self) -> bytes:
        """The key as PKCS#8."""
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@dataclass(frozen=True)
class Case:
    """What is trusted and sent (leaf first); `fault` is RabbitMQ's, `None` if it lets it in.

    `tls13` says that RabbitMQ takes such a key in TLS 1.3 only.
    """

    name: str
    trusted: Sequence[Certificate]
    sent: Sequence[Certificate]
    fault: str | None = None
    tls13: bool = False

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """What is sent."""
        return tuple(one.certificate for one in self.sent)


@dataclass
class Make:
    """How a certificate differs from a good one; extensions that are `None` are left out."""

    name: str
    days: tuple[int, int] = (-10, 500)
    ca: bool = False
    constraints: bool = True
    path_length: int | None = None
    usage: Sequence[str] | None = ("digital_signature", "key_encipherment")
    purposes: Sequence[ObjectIdentifier] | None = (SERVER, CLIENT)
    purposes_critical: bool = False
    names: Sequence[x509.GeneralName] = (x509.DNSName(HOST),)
    authority_key: bool = True
    extra: Sequence[tuple[x509.ExtensionType, bool]] = ()
    sha1: bool = False
    pss: bool = False
    subject: x509.Name | None = None
    issuer_name: x509.Name | None = None
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))


def subject(name: str) -> x509.Name:
    """A name in this suite."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "chains"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def made(make: Make, issuer: Certificate | None) -> Certificate:
    """The certificate."""
    own = make.subject or subject(make.name)
    starts, ends = make.days
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(make.issuer_name or (issuer.certificate.subject if issuer else own))
        .public_key(make.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=starts))
        .not_valid_after(NOW + timedelta(days=ends))
    )
    for extension, critical in _extensions(make, issuer):
        builder = builder.add_extension(extension, critical)
    key = issuer.key if issuer else make.key
    how = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)} if make.pss else {}
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(key, digest, **how)  # type: ignore[arg-type]
    return Certificate(sign_with_sha1(certificate, key) if make.sha1 else certificate, make.key)


def _extensions(make: Make, issuer: Certificate | None) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if make.constraints:
        found.append((x509.BasicConstraints(make.ca, make.path_length), True))
    if make.usage is not None:
        every = (
            "digital_signature content_commitment key_encipherment data_encipherment "
            "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
        )
        usages = {one: one in make.usage for one in every.split()}
        found.append((x509.KeyUsage(**usages), True))
    if make.purposes is not None:
        found.append((x509.ExtendedKeyUsage(make.purposes), make.purposes_critical))
    if make.names:
        found.append((x509.SubjectAlternativeName(make.names), False))
    if issuer is not None and make.authority_key:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        found.append((identifier, False))
    return [*found, *make.extra]


def root(name: str, **more: Any) -> Certificate:
    """A root."""
    return made(Make(name, **_authority(more)), None)


def below(issuer: Certificate, name: str, **more: Any) -> Certificate:
    """An intermediate."""
    return made(Make(name, **_authority(more)), issuer)


def leaf(issuer: Certificate, **more: Any) -> Certificate:
    """A client's certificate: its name is bound to a client."""
    return made(Make(HOST, **more), issuer)


def _authority(more: dict[str, Any]) -> dict[str, Any]:
    good = {"ca": True, "usage": ("key_cert_sign", "crl_sign"), "purposes": None, "names": ()}
    return good | more


@cache
def weak_key() -> rsa.RSAPrivateKey:
    """RSA 1024."""
    return rsa.generate_private_key(65537, 1024)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """RSA 2048."""
    return rsa.generate_private_key(65537, 2048)


def usual(name: str, **more: Any) -> tuple[Certificate, Certificate, Certificate]:
    """Root, intermediate and leaf; `more` is of the leaf, but `middle_...` of the intermediate."""
    middle = {
        key.removeprefix("middle_"): v for key, v in more.items() if key.startswith("middle_")
    }
    own = {key: v for key, v in more.items() if not key.startswith("middle_")}
    top = root(f"{name} root")
    mid = below(top, f"{name} middle", **middle)
    return top, mid, leaf(mid, **own)


Differently = Callable[[str], Case]


def plainly(name: str, fault: str | None, **more: Any) -> Case:
    """The usual chain with something different in it, sent in order."""
    top, mid, end = usual(name, **more)
    return Case(name, [top], [end, mid], fault)


def arranged(
    name: str,
    fault: str | None,
    pick: Callable[[Certificate, Certificate, Certificate], tuple[Sequence[Any], Sequence[Any]]],
) -> Case:
    """The usual certificates, trusted and sent otherwise."""
    trusted, sent = pick(*usual(name))
    return Case(name, trusted, sent, fault)


def deep(name: str, fault: str | None, number: int, **lengths: int) -> Case:
    """A chain with so many intermediates, the path lengths given by their place from the root."""
    at = top = root(f"{name} root", path_length=lengths.get("root"))
    chain = []
    for place in range(number):
        at = below(at, f"{name} {place}", path_length=lengths.get(f"at{place}"))
        chain.append(at)
    return Case(name, [top], [leaf(at), *reversed(chain)], fault)


def constrained(
    name: str,
    fault: str | None,
    names: Sequence[x509.GeneralName] = (x509.DNSName(HOST),),
    **subtrees: Sequence[x509.GeneralName],
) -> Case:
    """An intermediate with name constraints."""
    trees = {f"{kind}_subtrees": list(some) for kind, some in subtrees.items()}
    limits = x509.NameConstraints(trees.get("permitted_subtrees"), trees.get("excluded_subtrees"))
    return plainly(name, fault, names=names, middle_extra=[(limits, True)])


def issuer_by_serial(name: str, fault: str | None, *, right: bool) -> Case:
    """A leaf whose authority key identifier names its issuer by name and serial number."""
    top = root(f"{name} root")
    mid = below(top, f"{name} middle")
    serial = mid.certificate.serial_number if right else 12345
    named = x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(mid.certificate.issuer)], serial)
    end = leaf(mid, authority_key=False, extra=[(named, False)])
    return Case(name, [top], [end, mid], fault)


def network(text: str) -> x509.IPAddress:
    """A network as a constraint."""
    return x509.IPAddress(ipaddress.ip_network(text))


def host(text: str) -> x509.DNSName:
    """A host as a name or constraint."""
    return x509.DNSName(text)


ADDRESS = x509.IPAddress(ipaddress.ip_address("10.0.0.1"))
POLICIES = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3.4"), None)])


def _order() -> list[Case]:
    stranger = root("a stranger")
    return [
        arranged("in order", None, lambda r, m, e: ([r], [e, m])),
        arranged("root sent along", None, lambda r, m, e: ([r], [e, m, r])),
        arranged("leaf alone, root trusted", "unknown_ca", lambda r, m, e: ([r], [e])),
        arranged("leaf alone, both trusted", None, lambda r, m, e: ([r, m], [e])),
        arranged("intermediate alone trusted", "unknown_ca", lambda r, m, e: ([m], [e, m])),
        arranged("leaf alone, intermediate trusted", "unknown_ca", lambda r, m, e: ([m], [e])),
        arranged("nothing trusted", "unknown_ca", lambda r, m, e: ([], [e, m, r])),
        arranged("out of order", None, lambda r, m, e: ([r], [e, r, m])),
        arranged("sent twice", None, lambda r, m, e: ([r], [e, m, m])),
        arranged("a stranger behind", None, lambda r, m, e: ([r], [e, m, stranger])),
        arranged("a stranger between", None, lambda r, m, e: ([r], [e, stranger, m])),
        arranged("leaf and a stranger", "unknown_ca", lambda r, m, e: ([r], [e, stranger])),
        arranged("leaf and a stranger, all trusted", None, lambda r, m, e: ([r, m], [e, stranger])),
        arranged("leaf twice", None, lambda r, m, e: ([r], [e, e, m])),
    ]


def _depth() -> list[Case]:
    return [
        deep("no intermediate", None, 0),
        deep("two intermediates", None, 2),
        deep("three intermediates", None, 3),
        deep("four intermediates", "max_path_length_reached", 4),
        deep("path length of an intermediate kept", None, 2, at0=1, at1=0),
        deep("path length of an intermediate passed", "max_path_length_reached", 2, at0=0),
        deep("path length of the root passed", None, 1, root=0),
    ]


def _usages() -> list[Case]:
    return [
        plainly(
            "intermediate without constraints", "missing_basic_constraint", middle_constraints=False
        ),
        plainly("intermediate that is none", "missing_basic_constraint", middle_ca=False),
        plainly(
            "intermediate without constraints and usage",
            None,
            middle_constraints=False,
            middle_usage=None,
        ),
        plainly("intermediate without usage", None, middle_usage=None),
        plainly("intermediate that may not sign", "invalid_key_usage", middle_usage=("crl_sign",)),
        plainly("intermediate for servers", "invalid_ext_key_usage", middle_purposes=[SERVER]),
        plainly("intermediate for clients", None, middle_purposes=[CLIENT]),
        plainly(
            "intermediate for clients, critical",
            None,
            middle_purposes=[CLIENT],
            middle_purposes_critical=True,
        ),
        plainly("for servers", "invalid_ext_key_usage", purposes=[SERVER]),
        plainly(
            "for anything",
            "invalid_ext_key_usage",
            purposes=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
        ),
        plainly("for no purpose named", None, purposes=None),
        plainly("for clients, critical", None, purposes=[CLIENT], purposes_critical=True),
        plainly("leaf without usage", None, usage=None),
        plainly("leaf that may encipher only", None, usage=("key_encipherment",)),
        plainly("leaf that is an authority", None, ca=True),
        plainly("leaf without constraints", None, constraints=False),
    ]


def _extensions_that_matter() -> list[Case]:
    narrow = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    names = x509.SubjectAlternativeName([host(HOST)])
    own_key = x509.SubjectKeyIdentifier(b"key")
    url = x509.UniformResourceIdentifier("http://localhost:1/x.crl")
    point = x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
    others = x509.NameConstraints([host("other.example")], None)
    limited = root("root with constraints", extra=[(others, True)])
    mid = below(limited, "below a root with constraints")
    bare = root("root without constraints", constraints=False, usage=None)
    bare_mid = below(bare, "below a root without constraints")
    return [
        plainly("unknown extension", None, extra=[(UNKNOWN, False)]),
        plainly(
            "unknown critical extension", "unknown_critical_extension", extra=[(UNKNOWN, True)]
        ),
        plainly(
            "unknown critical extension above",
            "unknown_critical_extension",
            middle_extra=[(UNKNOWN, True)],
        ),
        plainly("policies", None, extra=[(POLICIES, False)]),
        plainly("critical policies", "unknown_critical_extension", extra=[(POLICIES, True)]),
        plainly("policy constraints above", None, middle_extra=[(narrow, False)]),
        plainly(
            "critical policy constraints above",
            "unknown_critical_extension",
            middle_extra=[(narrow, True)],
        ),
        plainly("critical names", None, names=(), extra=[(names, True)]),
        plainly("critical key identifier", "unknown_critical_extension", extra=[(own_key, True)]),
        plainly("critical distribution point", "unknown_critical_extension", extra=[(point, True)]),
        plainly(
            "any policy inhibited",
            "unknown_critical_extension",
            middle_extra=[(x509.InhibitAnyPolicy(0), True)],
        ),
        issuer_by_serial("issuer named by its serial", None, right=True),
        issuer_by_serial("issuer named by another serial", None, right=False),
        Case("root with constraints of names", [limited], [leaf(mid), mid], None),
        Case("root that is no authority", [bare], [leaf(bare_mid), bare_mid], None),
        plainly("leaf without authority key", None, authority_key=False),
        plainly("intermediate without authority key", None, middle_authority_key=False),
    ]


def _names() -> list[Case]:
    here = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "chains")])
    there = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "elsewhere")])
    domain = "vendor.example"
    return [
        constrained("host permitted", None, permitted=[host(domain)]),
        constrained("host not permitted", "name_not_permitted", permitted=[host("other.example")]),
        constrained("host excluded", "name_not_permitted", excluded=[host(domain)]),
        constrained("other host excluded", None, excluded=[host("other.example")]),
        constrained(
            "one host of two permitted",
            "name_not_permitted",
            (host(HOST), host("x.other.example")),
            permitted=[host(domain)],
        ),
        constrained(
            "two domains permitted", None, permitted=[host("other.example"), host(f".{domain}")]
        ),
        constrained("no host, hosts permitted", None, (), permitted=[host(domain)]),
        constrained("directory permitted", None, permitted=[x509.DirectoryName(here)]),
        constrained(
            "directory not permitted", "name_not_permitted", permitted=[x509.DirectoryName(there)]
        ),
        constrained(
            "directory excluded", "name_not_permitted", excluded=[x509.DirectoryName(here)]
        ),
        constrained(
            "address permitted",
            "internal_error",
            (host(HOST), ADDRESS),
            permitted=[network("10.0.0.0/8")],
        ),
        constrained("addresses excluded, none in it", None, excluded=[network("0.0.0.0/0")]),
        constrained(
            "page permitted",
            None,
            (x509.UniformResourceIdentifier(f"http://{HOST}/x"),),
            permitted=[x509.UniformResourceIdentifier(HOST)],
        ),
        constrained(
            "page not permitted",
            "name_not_permitted",
            (x509.UniformResourceIdentifier("http://x.other.example/x"),),
            permitted=[x509.UniformResourceIdentifier(HOST)],
        ),
        constrained(
            "mail permitted",
            None,
            (x509.RFC822Name(f"x@{domain}"),),
            permitted=[x509.RFC822Name(domain)],
        ),
        constrained(
            "mail not permitted",
            "name_not_permitted",
            (x509.RFC822Name("x@o.example"),),
            permitted=[x509.RFC822Name(domain)],
        ),
        constrained("mail permitted, none in it", None, permitted=[x509.RFC822Name(domain)]),
    ]


def _dates() -> list[Case]:
    past, future = (-500, -10), (10, 500)
    case = "roots of one key"
    key = rsa_key()
    old, new = root(case, key=key, days=past), root(case, key=key)
    mid = below(new, f"{case} middle")
    cross = "cross"
    top = root(f"{cross} root")
    mid_key = ec.generate_private_key(ec.SECP256R1())
    ended = below(top, f"{cross} middle", key=mid_key, days=past)
    valid = below(top, f"{cross} middle", key=mid_key)
    end = leaf(valid)
    other = root("another root", days=(-10, 500))
    crossed = below(other, f"{cross} middle", key=mid_key)
    gone = root("root that ended", days=past)
    gone_mid = below(gone, "below a root that ended")
    many = root("many root")
    same = [below(many, "many middle") for _ in range(5)]
    right = below(many, "many middle")
    rolled = root("rolled root")
    before = below(rolled, "rolled middle")
    after = below(before, "rolled middle")
    return [
        plainly("leaf that ended", "cert_expired", days=past),
        plainly("leaf that begins", "cert_expired", days=future),
        plainly("intermediate that ended", "cert_expired", middle_days=past),
        Case("root that ended", [gone], [leaf(gone_mid), gone_mid], "cert_expired"),
        Case("root renewed with its key", [old, new], [leaf(mid), mid], None),
        Case("ended intermediate first", [top], [end, ended, valid], None),
        Case("ended intermediate second", [top], [end, valid, ended], None),
        Case("ended intermediate alone", [top], [end, ended], "cert_expired"),
        Case("cross certificate of an untrusted root", [top], [end, crossed, valid], None),
        Case("cross certificate of a second root", [top, other], [end, crossed, valid], None),
        Case("only the cross certificate", [other], [end, crossed], None),
        Case("six of one subject, the right one last", [many], [leaf(right), *same, right], None),
        Case("a key rolled over", [rolled], [leaf(after), after, before], None),
    ]


def _keys() -> list[Case]:
    other = root("key of another root")
    named = root("key of another")
    forged = made(
        Make("x", subject=named.certificate.subject, **_authority({})),
        None,
    )
    big = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CHAINS"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Letters  MIDDLE"),
        ]
    )
    letters = root("letters root")
    small = below(letters, "letters middle")
    alone = made(Make(HOST), None)
    edwards = ed25519.Ed25519PrivateKey.generate()
    return [
        plainly("signed with SHA-1", None, middle_key=rsa_key(), sha1=True),
        plainly("weak key", None, key=weak_key()),
        plainly("weak key above", None, middle_key=weak_key()),
        plainly("RSA", None, key=rsa_key(), middle_key=rsa_key()),
        plainly("RSA-PSS", "invalid_signature", middle_key=rsa_key(), pss=True),
        plainly(
            "P-384",
            None,
            key=ec.generate_private_key(ec.SECP384R1()),
            middle_key=ec.generate_private_key(ec.SECP521R1()),
        ),
        replace(plainly("Ed25519", None, key=edwards), tls13=True),
        replace(plainly("Ed25519 above", None, middle_key=edwards), tls13=True),
        Case("self-signed", [], [alone], "selfsigned_peer"),
        Case("self-signed and trusted", [alone], [alone], "selfsigned_peer"),
        Case("issuer of the same name, another key", [named], [leaf(forged)], "unknown_ca"),
        Case("root of the same name sent", [named], [leaf(forged), forged], "unknown_ca"),
        Case("old root of the name sent too", [named, other], [leaf(named), forged], None),
        Case("names in other letters", [letters], [leaf(small, issuer_name=big), small], None),
    ]


def _all() -> dict[str, Case]:
    makers = (_order, _depth, _usages, _extensions_that_matter, _names, _dates, _keys)
    return {case.name: case for make in makers for case in make()}


CASES = _all()
