"""Files judged without a Hub, by the same tables, models and checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from hubemu.client.file_remarks import file_remarks
from hubemu.clock import Clock
from hubemu.dispatcher import Judgement, VHostContext, format_of, judge
from hubemu.documents import read_file
from hubemu.errors import InputError
from hubemu.messages import Format, Letter, load_release, wrap_text
from hubemu.messages.releases.missing_envelope import what_is_missing
from hubemu.routing import load_routing
from hubemu.settings import Environment, Settings
from hubemu.suggestions import did_you_mean

__all__ = ["Bench", "Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The Hub's verdict on a file, and what is to be said of the file itself, in plain words."""

    file: Path
    judgement: Judgement
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a vHost's checks need to judge files; `owners` are the ids one can write to."""

    context: VHostContext
    owners: tuple[str, ...]
    clock: Clock

    @classmethod
    def for_vhost(
        cls, vhost: str, *, model: str | None, routing: Path | None, environment: Environment
    ) -> Bench:
        """The bench of a vHost; `model` wins over the release of the routing table.

        Raises:
            InputError: the vHost, the release or the routing tables cannot be used.
        """
        tables = load_routing(routing)
        if vhost not in tables.vhosts:
            every = ", ".join(tables.vhosts)
            hint = did_you_mean(vhost, tables.vhosts)
            raise InputError("--vhost", f"no vHost {vhost!r}; {hint}use one of {every}")
        release = load_release(model or tables.vhosts[vhost].model)
        settings = Settings(home=Path(), environment=environment)
        context = VHostContext.of(vhost, release, tables, settings)
        return cls(context, tables.queue_owners(), Clock())

    def judge(self, file: Path, as_id: str | None) -> Judged:
        """The verdict on a message file published by `as_id` (default: its senderID).

        Raises:
            InputError: the file cannot be read.
        """
        body = read_file(file)
        written = format_of(file, body)
        judgement = self._judge(body, written, as_id)
        remarks = file_remarks(body, f"application/{written}")
        if not judgement.accepted and not remarks:
            lacking = what_is_missing(body, written, self.context.release)
            remarks += [lacking] if lacking else []
        if judgement.rejection is not None and judgement.rejection.remark:
            remarks.append(judgement.rejection.remark)
        return Judged(file, judgement, tuple(remarks))

    def judge_content(self, file: Path, sender: str) -> Judged:
        """The verdict on a file that holds a content only, in an envelope of `sender`.

        Raises:
            InputError: the file cannot be read, or is no bare content.
        """
        body = read_file(file)
        written = format_of(file, body)
        recipient = self._recipient(sender, written)
        now = self.clock.datetime()
        letter = Letter(sender=sender, recipient=recipient, internal_id=str(uuid4()), now=now)
        message = wrap_text(body, written, self.context.release, letter, file)
        return Judged(file, self._judge(message, written, sender), ())

    def _judge(self, body: bytes, written: Format, as_id: str | None) -> Judgement:
        return judge(
            body,
            written,
            self.context,
            as_id=as_id,
            clock=self.clock,
        )

    def _recipient(self, sender: str, written: Format) -> str:
        """Somebody else, who wants the format the file is in if there is such a client."""
        others = [owner for owner in self.owners if owner != sender]
        alike = (other for other in others if self.context.format_for(other) == written)
        return next(alike, others[0] if others else sender)
