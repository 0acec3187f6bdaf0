"""Chains of certificates with one thing different in each, in the manner of x509-limbo.

Each case says what is trusted, what a client sends, and how a real RabbitMQ (3.10 on OTP 25) takes
it: asked of a node in tests/hub, pinned here, and matched by the embedded engine.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tests.support.chain_making import (
    CLIENT,
    HOST,
    SERVER,
    UNKNOWN,
    Case,
    Make,
    arranged,
    authority,
    below,
    constrained,
    deep,
    host,
    issuer_by_serial,
    leaf,
    made,
    network,
    plainly,
    root,
    rsa_key,
    weak_key,
)

__all__ = ["CASES"]


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
        Make("x", subject=named.certificate.subject, **authority({})),
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
