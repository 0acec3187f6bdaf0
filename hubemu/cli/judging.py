"""Files judged without a Hub, by the same tables, models and checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hubemu.client.document import read_file
from hubemu.client.wrapping import Letter, wrap
from hubemu.clock import Clock
from hubemu.dispatcher import Judgement, VHostContext, format_of, judge
from hubemu.errors import InputError
from hubemu.messages import Format, load_release
from hubemu.messages.glance import what_is_missing
from hubemu.routing import load_routing
from hubemu.settings import Environment, Settings

__all__ = ["Bench"]


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
            raise InputError(
                "--vhost", f"no vHost {vhost!r}; use one of {', '.join(tables.vhosts)}"
            )
        release = load_release(model or tables.vhosts[vhost].model)
        settings = Settings(home=Path(), environment=environment)
        context = VHostContext.of(vhost, release, tables, settings)
        return cls(context, tables.queue_owners(), Clock())

    def judge(self, file: Path, as_id: str | None) -> Judgement:
        """The verdict on a message file published by `as_id` (default: its senderID).

        Raises:
            InputError: the file cannot be read.
        """
        body = read_file(file)
        return self._judge(body, format_of(file, body), as_id)

    def missing(self, file: Path) -> str | None:
        """What the text of a file lacks to be a message at all, if it does."""
        body = read_file(file)
        return what_is_missing(body, format_of(file, body), self.context.release)

    def judge_content(self, file: Path, sender: str) -> Judgement:
        """The verdict on a file that holds a content only, in an envelope of `sender`.

        Raises:
            InputError: the file cannot be read, or is no bare content.
        """
        body = read_file(file)
        written = format_of(file, body)
        recipient = self._recipient(sender, written)
        letter = Letter(sender=sender, recipient=recipient, now=self.clock.datetime())
        return self._judge(wrap(body, f"application/{written}", letter, file), written, sender)

    def _judge(self, body: bytes, written: Format, as_id: str | None) -> Judgement:
        return judge(body, written, self.context, as_id=as_id, clock=self.clock)

    def _recipient(self, sender: str, written: Format) -> str:
        """Somebody else, who wants the format the file is in if there is such a client."""
        others = [owner for owner in self.owners if owner != sender]
        alike = (other for other in others if self.context.format_for(other) == written)
        return next(alike, others[0] if others else sender)
