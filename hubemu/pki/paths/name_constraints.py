"""Name constraints as OTP 25 applies them (`pubkey_cert:is_permitted`, RFC 5280, 4.2.1.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from hubemu.pki.paths.faults import PathFaultKind, PathRefused
from hubemu.pki.paths.names import begins_with

__all__ = ["NameConstraints", "named"]

Match: TypeAlias = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """What the authorities above allow; `permitted` is `None` while none has said anything."""

    permitted: tuple[x509.GeneralName, ...] | None = None
    excluded: tuple[x509.GeneralName, ...] = ()

    def narrowed(self, more: x509.NameConstraints) -> NameConstraints:
        """With the constraints of one more authority."""
        excluded = (*(more.excluded_subtrees or ()), *self.excluded)
        if more.permitted_subtrees is None:
            return NameConstraints(self.permitted, excluded)
        permitted = tuple(more.permitted_subtrees)
        for kind in {type(name) for name in permitted} if self.permitted else ():
            # Both must allow a name: what is wider than the other says nothing more.
            permitted = _intersection(kind, permitted, self.permitted or ())
        others = [n for n in self.permitted or () if type(n) not in {type(m) for m in permitted}]
        return NameConstraints((*permitted, *others), excluded)

    def allow(self, names: Sequence[x509.GeneralName]) -> bool:
        """Whether all these names are allowed (PathRefused: Erlang stumbles over one)."""
        permitted = self.permitted
        if permitted is not None and not all(_permitted(name, permitted) for name in names):
            return False
        return not any(_matches(name, self.excluded) for name in names)


def named(certificate: x509.Certificate) -> Iterator[x509.GeneralName]:
    """Every name of a certificate that constraints speak of."""
    yield x509.DirectoryName(certificate.subject)
    for mail in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS):
        yield x509.RFC822Name(str(mail.value))
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return
    yield from found.value


def _intersection(
    kind: type[x509.GeneralName],
    ones: Sequence[x509.GeneralName],
    others: Sequence[x509.GeneralName],
) -> tuple[x509.GeneralName, ...]:
    of_kind = [one for one in others if type(one) is kind]
    if not of_kind:
        return tuple(ones)
    return tuple(one for one in ones if type(one) is not kind or _matches(one, of_kind))


def _permitted(name: x509.GeneralName, constraints: Sequence[x509.GeneralName]) -> bool:
    mine = [one for one in constraints if type(one) is type(name)]
    return not mine or _matches(name, mine)


def _matches(name: x509.GeneralName, constraints: Sequence[x509.GeneralName]) -> bool:
    mine = [one.value for one in constraints if type(one) is type(name)]
    if not mine:
        return False
    match = _MATCHES.get(type(name))
    if match is None:
        raise PathRefused(PathFaultKind.CRASH)  # it has no rule for such names, and falls over them
    return any(match(name.value, one) for one in mine)


def _dns(name: str, constraint: str) -> bool:
    name, constraint = name.lower(), constraint.lower().lstrip(".")
    return name == constraint or name.endswith(f".{constraint}")


def _host(name: str, constraint: str) -> bool:
    host = name.lower().rpartition("@")[2]
    constraint = constraint.lower()
    return host.endswith(constraint) if constraint.startswith(".") else host == constraint


def _uri(name: str, constraint: str) -> bool:
    host = urlsplit(name).hostname
    return host is not None and _host(host, urlsplit(constraint).hostname or constraint)


_MATCHES: dict[type[x509.GeneralName], Match] = {
    x509.DNSName: _dns,
    x509.RFC822Name: _host,
    x509.UniformResourceIdentifier: _uri,
    x509.DirectoryName: begins_with,
}
