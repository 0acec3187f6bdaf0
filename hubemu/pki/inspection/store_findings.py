"""What is wrong with the form of a file: encoding, ciphers, names, what a trust store lacks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from cryptography import x509

from hubemu.common_name import common_name_of
from hubemu.pki.inspection.finding import Case, FileFinding, is_authority
from hubemu.settings import Phase

__all__ = ["store_findings"]

_OLD = {"RC2-40", "RC2-128", "RC4-40", "RC4-128"}


def store_findings(case: Case) -> Iterator[FileFinding]:
    """All of them, in their order."""
    yield from _key(case)
    yield from _form(case)
    yield from _ciphers(case)
    yield from _names(case)
    if case.material.entries and not case.material.has_key:
        yield from _trust(case)


def _key(case: Case) -> Iterator[FileFinding]:
    if case.key_matches is False:
        text = "the private key does not belong to the certificate"
        yield FileFinding(
            "F1", text, "find the key that the request was made with, or request anew"
        )
    if case.material.locked:
        text = "its key has a passphrase, and none was given: programs that cannot ask end here"
        yield FileFinding(
            "F8", text, "configure the passphrase, or `openssl pkey -in KEY -out PLAIN`"
        )
    if case.material.has_key and os.name == "posix" and case.source.exists():
        mode = stat.S_IMODE(case.source.stat().st_mode)
        if mode & 0o077:
            text = f"others of this machine can read the private key (mode {mode:04o})"
            yield FileFinding("F9", text, f"chmod 600 {case.source.name}")


def _form(case: Case) -> Iterator[FileFinding]:
    data, form = case.material.data, case.material.form
    if (wrapping := case.material.wrapping) is not None:
        yield FileFinding("F10", wrapping.said, wrapping.mend)
    if form == "pem" and data.startswith(b"\xef\xbb\xbf"):
        text = "it begins with a byte order mark, over which some readers stumble"
        yield FileFinding("F10", text, "save it as UTF-8 without BOM")
    if form == "pem" and b"\r\n" in data:
        text = "its lines end as on Windows (CRLF): some readers stumble over it"
        yield FileFinding("F10", text, "convert it, as with dos2unix")
    if form in ("der", "pkcs7") and case.source.suffix.lower() in (".pem", ".key"):
        text = f"it is named {case.source.suffix} and is DER, not PEM"
        yield FileFinding(
            "F10", text, "convert it: openssl x509 -inform der -in FILE -out FILE.pem"
        )


def _ciphers(case: Case) -> Iterator[FileFinding]:
    inside = case.material.anatomy
    if inside is None:
        return
    if inside.ciphers & _OLD:
        used = ", ".join(sorted(inside.ciphers & _OLD))
        text = f"it is encrypted with {used}: OpenSSL 3 and Node 17 and later do not read it"
        mend = "write it anew: openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export"
        yield FileFinding("F2", text, mend)
    if inside.pbes2 or inside.mac not in ("SHA-1", ""):
        text = (
            f"a modern PKCS#12 ({', '.join(sorted(inside.ciphers))}, MAC {inside.mac or 'none'}): "
            "Java before 8u301 and 11.0.12, Windows Server 2016, old .NET and Mono do not read it, "
            "and call the passphrase wrong"
        )
        mend = "for those write it with -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1"
        yield FileFinding("F3", text, mend)


def _names(case: Case) -> Iterator[FileFinding]:
    if case.material.kind != "pkcs12":
        return
    if case.material.key is not None and not case.material.key_alias:
        text = "its entry has no alias (friendly name): tools that ask for one do not find it"
        yield FileFinding("F12", text, "write it anew with -name ALIAS")
    inside = case.material.anatomy
    bags = inside.certificates if inside is not None else None
    if case.material.key is None and bags and not all(bag.trusted_by_java for bag in bags):
        text = "a store of certificates without the mark that Java wants: it loads 0 entries"
        mend = "make it with keytool -importcert, or openssl pkcs12 -export -nokeys -jdktrust"
        yield FileFinding("F5", text, mend)
    if case.material.key is None and bags and not all(bag.name for bag in bags):
        text = "a certificate in it has no alias (friendly name)"
        yield FileFinding("F12", text, "make it with keytool -importcert -alias ALIAS")


def _trust(case: Case) -> Iterator[FileFinding]:
    """Of certificates without a key: what it lacks as a trust store."""
    certificates = case.material.certificates
    roots = [one for one in certificates if one.issuer == one.subject and is_authority(one)]
    if case.leaf is not None:
        yield from _pinned(case, case.leaf)
        return
    if not roots:
        names = ", ".join(repr(common_name_of(one.subject)) for one in certificates)
        text = (
            f"it holds intermediates only ({names}): as a trust store Python before 3.13, Node and "
            "RabbitMQ refuse what they issued, Java accepts it"
        )
        yield FileFinding("S3", text, "add the root")
    for certificate in certificates:
        if case.now > certificate.not_valid_after_utc:
            name, ended = common_name_of(certificate.subject), certificate.not_valid_after_utc
            text = f"the authority {name!r} ended on {ended:%Y-%m-%d}"
            yield FileFinding("F10", text, "replace it by its successor")
    yield from _phases_not_trusted(case, certificates)


def _pinned(case: Case, leaf: x509.Certificate) -> Iterator[FileFinding]:
    shown = case.pki is not None and leaf in case.pki.shown()
    if shown or case.material.kind in ("pkcs12", "jks"):
        text = (
            f"as a trust store it pins the certificate of {case.name!r} itself: Node and Python "
            "before 3.13 refuse it, and at its renewal every connection fails"
        )
        yield FileFinding("P7", text, "trust its authority instead: truststores/<phase>.pem")


def _phases_not_trusted(case: Case, certificates: list[x509.Certificate]) -> Iterator[FileFinding]:
    if case.pki is None:
        return
    lacking = [phase.value for phase in Phase if case.pki.root_shown(phase) not in certificates]
    if lacking:
        text = (
            "as a trust store it lacks the root of the certificate that this Hub shows in "
            f"phase {', '.join(lacking)}: the client ends the connection"
        )
        yield FileFinding(
            "S1", text, f"add what is in truststores/{lacking[-1]}.pem before that step"
        )
