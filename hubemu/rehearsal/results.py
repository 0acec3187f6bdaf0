"""What a rehearsal found: findings, results by client and step, and all of it as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509

from hubemu.explain import Explanation, Language, explain_code

__all__ = ["ClientRehearsal", "Outcome", "Rehearsal", "StepFinding", "each_once"]

_COLUMNS = ("connects", "logsIn", "publishes", "consumes", "survives", "reconnects")
_STACKS = ("openssl", "java", "node", "dotnet", "erlang", "go")


@dataclass(frozen=True, slots=True)
class StepFinding:
    """One kind of trouble (facts: pki) at a step, with what is special about this case.

    `seen` is what the Hub saw, empty where it saw nothing amiss; `blocks` tells what ends a column
    from what is only noticed.
    """

    code: str
    detail: str
    seen: str = ""
    blocks: bool = True

    def title(self, language: Language = "en") -> str:
        """What kind it is."""
        return self._told(language).title

    def why(self, language: Language = "en") -> str:
        """Why that happens."""
        return self._told(language).why

    def mend(self, language: Language = "en") -> str:
        """What to do."""
        return self._told(language).mend

    def recipes(self) -> Mapping[str, str]:
        """The code that mends it, by stack."""
        told = {stack: explain_code(self.code, stack=stack).recipe for stack in _STACKS}
        return {stack: recipe for stack, recipe in told.items() if recipe is not None}

    @property
    def prints(self) -> Mapping[str, str]:
        """What each stack prints for it."""
        known = explain_code(self.code).prints
        return {stack: known[stack] for stack in _STACKS if stack in known}

    def to_json(self) -> dict[str, Any]:
        """The object of CONTRACT."""
        return {
            "code": self.code,
            "text": f"{self.title()}: {self.detail}" if self.detail else self.title(),
            "seenByTheHub": self.seen,
            "clientPrints": {stack: self.prints.get(stack, "") for stack in _STACKS},
            "mend": self.mend(),
            "blocks": self.blocks,
        }

    def _told(self, language: Language) -> Explanation:
        return explain_code(self.code, language=language)


def each_once(findings: Sequence[StepFinding]) -> list[StepFinding]:
    """By code, the first of each."""
    first: dict[str, StepFinding] = {}
    for one in findings:
        first.setdefault(one.code, one)
    return list(first.values())


@dataclass(slots=True)
class Outcome:
    """One client at one step: true, false, or `None` for what was not tried."""

    step: str
    connects: bool | None = None
    logs_in: bool | None = None
    publishes: bool | None = None
    consumes: bool | None = None
    survives: bool | None = None
    reconnects: bool | None = None
    findings: list[StepFinding] = field(default_factory=list)
    printed: str = ""
    executed: int | None = None

    @property
    def columns(self) -> dict[str, bool | None]:
        """The six columns by their names in JSON."""
        values = (
            self.connects,
            self.logs_in,
            self.publishes,
            self.consumes,
            self.survives,
            self.reconnects,
        )
        return dict(zip(_COLUMNS, values, strict=True))

    @property
    def has_access(self) -> bool:
        """Whether the client works at this step."""
        return all((self.connects, self.logs_in, self.publishes, self.consumes))

    def to_json(self, *, executed: bool) -> dict[str, Any]:
        """The object of CONTRACT."""
        told: dict[str, Any] = {"step": self.step, **self.columns}
        told["findings"] = [one.to_json() for one in self.findings]
        return told | ({"exec": self.executed} if executed else {})


@dataclass(slots=True)
class ClientRehearsal:
    """One client over all steps; `certificate` is the one it has in the last.

    `host` names the place whose files they are, where a client has several.
    """

    client: str
    certificate: x509.Certificate | None
    results: list[Outcome] = field(default_factory=list)
    host: str = ""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.client} ({self.host})" if self.host else self.client

    def to_json(self, *, executed: bool) -> dict[str, Any]:
        """The object of CONTRACT."""
        return {
            "client": self.client,
            **({"host": self.host} if self.host else {}),
            "certificate": _certificate_json(self.certificate),
            "results": [one.to_json(executed=executed) for one in self.results],
        }


@dataclass(slots=True)
class Rehearsal:
    """All of it; `at` is the time it was rehearsed for, `migration` the title in both languages."""

    environment: str
    engine: str
    at: datetime
    migration: Mapping[Language, str]
    steps: list[str]
    about: Mapping[str, Mapping[Language, str]]
    clients: list[ClientRehearsal]
    executed: bool = False

    @property
    def lost(self) -> list[str]:
        """The clients without access in the last step."""
        return [one.name for one in self.clients if not one.results[-1].has_access]

    def to_json(self) -> dict[str, Any]:
        """The object of CONTRACT."""
        return {
            "environment": self.environment,
            "engine": self.engine,
            "at": self.at.isoformat(timespec="seconds"),
            "steps": self.steps,
            "clients": [one.to_json(executed=self.executed) for one in self.clients],
            "lost": self.lost,
        }


def _certificate_json(certificate: x509.Certificate | None) -> dict[str, str] | None:
    if certificate is None:
        return None
    return {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "notAfter": certificate.not_valid_after_utc.isoformat(),
    }
