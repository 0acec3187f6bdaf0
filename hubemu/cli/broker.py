"""`hubemu broker`: the embedded broker alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hubemu.address import authority
from hubemu.cli.options import DEFAULT_HOME, HomeFolder, Json
from hubemu.cli.output import result, result_json_line
from hubemu.cli.parameters import Option
from hubemu.cli.signature import takes
from hubemu.errors import InputError
from hubemu.home import Home
from hubemu.settings import Persistence

if TYPE_CHECKING:
    from hubemu.broker.standalone import StandaloneBroker
    from hubemu.broker.tls_files import TlsFiles

__all__ = ["BrokerOptions", "broker"]

_DEFAULT_USER = "guest:guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerOptions:
    """The options of `hubemu broker`, and the broker they ask for."""

    host: Annotated[str, Option(help="Address to listen on; localhost is 127.0.0.1 and ::1.")] = (
        "localhost"
    )
    port: Annotated[int, Option(min=0, max=65535, help="AMQP port; 0 = any free port.")] = 5672
    user: Annotated[
        tuple[str, ...], Option(metavar="USER:PASSWORD", help="Who may log in; repeatable.")
    ] = (_DEFAULT_USER,)
    vhost: Annotated[
        tuple[str, ...], Option(metavar="NAME", help="One more vHost than /; repeatable.")
    ] = ()
    tls_cert: Annotated[
        Path | None, Option(metavar="FILE", help="TLS: certificate chain, PEM.")
    ] = None
    tls_key: Annotated[Path | None, Option(metavar="FILE", help="TLS: its key, PEM.")] = None
    tls_ca: Annotated[
        Path | None,
        Option(metavar="FILE", help="TLS: authorities of client certificates (EXTERNAL)."),
    ] = None
    state: Annotated[
        Persistence, Option(help="Whether durable queues and persistent messages survive.")
    ] = Persistence.MEMORY
    home: HomeFolder = DEFAULT_HOME
    as_json: Json = False

    def wanted(self) -> StandaloneBroker:
        """The broker asked for.

        Raises:
            InputError: a user without password, a TLS file without the other.
        """
        from hubemu.broker.standalone import DEFAULT_VHOST, StandaloneBroker

        return StandaloneBroker(
            host=self.host,
            port=self.port,
            users=dict(_user(text) for text in self.user),
            vhosts=tuple(dict.fromkeys((DEFAULT_VHOST, *self.vhost))),
            tls=self._tls(),
            state=Home(self.home).state if self.state is Persistence.DISK else None,
        )

    def _tls(self) -> TlsFiles | None:
        from hubemu.broker.tls_files import TlsFiles

        if self.tls_cert is not None and self.tls_key is not None:
            return TlsFiles(certificate=self.tls_cert, key=self.tls_key, authorities=self.tls_ca)
        if self.tls_cert is None and self.tls_key is None and self.tls_ca is None:
            return None
        missing = "--tls-cert" if self.tls_cert is None else "--tls-key"
        raise InputError(missing, "TLS takes a certificate and its key: give both")


@takes(BrokerOptions)
def broker(options: BrokerOptions) -> None:
    """Start the embedded broker alone, empty as a new RabbitMQ, and stay until Ctrl-C or SIGTERM.

    Plain TCP unless --tls-cert and --tls-key are given.
    """
    from hubemu.cli.logging_set_up import warnings_to_stderr
    from hubemu.cli.loop import run_async

    warnings_to_stderr()
    run_async(_stay_up(options.wanted(), as_json=options.as_json))


async def _stay_up(wanted: StandaloneBroker, *, as_json: bool) -> None:
    import asyncio

    from hubemu.broker.standalone import serve_alone
    from hubemu.cli.loop import on_signals

    asked_to_stop = asyncio.Event()
    with on_signals(lambda number: asked_to_stop.set()):
        async with serve_alone(wanted) as port:
            _report(wanted, port, as_json=as_json)
            await asked_to_stop.wait()


def _report(wanted: StandaloneBroker, port: int, *, as_json: bool) -> None:
    if as_json:
        host = "127.0.0.1" if wanted.host == "localhost" else wanted.host
        amqp = {"host": host, "port": port}
        result_json_line({"pid": os.getpid(), "amqp": amqp, "vhosts": list(wanted.vhosts)})
        return
    scheme = "amqp" if wanted.tls is None else "amqps"
    where = f"{scheme}://{authority(wanted.host, port)}"
    result(f"The broker is up at {where}, vHosts {' '.join(wanted.vhosts)}")


def _user(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not (name and colon and password):
        raise InputError("--user", f"'{text}' is not USER:PASSWORD, such as {_DEFAULT_USER}")
    return name, password
