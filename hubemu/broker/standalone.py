"""The broker alone, as a freshly installed RabbitMQ is: vHosts, users who may do all, no queue."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hubemu.broker.backlog_turns import BacklogTurns
from hubemu.broker.core import Broker
from hubemu.broker.expiry import ExpiryTimer
from hubemu.broker.protocol.auth import AnyLogin, Authenticator, CertificateLogin, PasswordLogin
from hubemu.broker.server import AmqpServer, TlsPolicy
from hubemu.broker.tls_files import TlsFiles
from hubemu.clock import Clock
from hubemu.supervision import Supervision

if TYPE_CHECKING:
    from hubemu.broker.store import DiskStore

__all__ = ["DEFAULT_VHOST", "StandaloneBroker", "serve_alone"]

DEFAULT_VHOST = "/"
_ALL = ".*"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandaloneBroker:
    """What the broker offers; `users` are names with passwords, `port` 0 takes a free one.

    A client logs in by PLAIN or AMQPLAIN; by EXTERNAL too where TLS has authorities, as the user
    its certificate's common name says. What is durable survives in the folder `state`, if given.
    """

    host: str = "127.0.0.1"
    port: int = 5672
    users: Mapping[str, str] = field(default_factory=lambda: {"guest": "guest"})
    vhosts: tuple[str, ...] = (DEFAULT_VHOST,)
    tls: TlsFiles | None = None
    state: Path | None = None


@asynccontextmanager
async def serve_alone(wanted: StandaloneBroker) -> AsyncIterator[int]:
    """Serve while the block runs; gives the port bound.

    Raises:
        InputError: a TLS file or the state cannot be used.
        StartError: the port is taken or not allowed, or another broker has the state.
    """
    context = wanted.tls.context() if wanted.tls is not None else None
    clock = Clock()
    store = _store(wanted.state)
    broker = _broker(wanted, clock, store)
    server = AmqpServer(
        broker,
        tls=TlsPolicy(context, lambda _chain: None) if context is not None else None,
        authenticator=_logins(wanted, context),
    )
    supervision = Supervision(clock.now)
    expiry = ExpiryTimer(broker, clock, supervision)
    turns = BacklogTurns(broker)
    async with _committing(store, broker, supervision):
        port = await server.start(wanted.host, wanted.port)
        expiry.start()
        turns.start()
        try:
            yield port
        finally:
            expiry.stop()
            await server.stop()
            turns.stop()


def _store(folder: Path | None) -> DiskStore | None:
    if folder is None:
        return None
    # Who keeps nothing need not wait for SQLite.
    from hubemu.broker.store import DiskStore

    return DiskStore(folder)


@asynccontextmanager
async def _committing(
    store: DiskStore | None, broker: Broker, supervision: Supervision
) -> AsyncIterator[None]:
    if store is None:
        yield
        return
    from hubemu.broker.store import Committer

    committer = Committer(store, supervision, broker.alarms.disk)
    committer.start()
    try:
        yield
    finally:
        await committer.stop()


def _broker(wanted: StandaloneBroker, clock: Clock, store: DiskStore | None) -> Broker:
    broker = Broker(clock, store=store)
    for vhost in wanted.vhosts:
        broker.add_vhost(vhost)
        for user in wanted.users:
            broker.grant(user, vhost, _ALL, _ALL, _ALL)
    if store is not None:
        store.recover(broker)
    return broker


def _logins(wanted: StandaloneBroker, context: ssl.SSLContext | None) -> Authenticator:
    passwords = PasswordLogin(wanted.users)
    if context is None or context.verify_mode is ssl.CERT_NONE:
        return passwords
    return AnyLogin(passwords, CertificateLogin(wanted.users))
