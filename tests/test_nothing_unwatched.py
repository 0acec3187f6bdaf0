"""Nothing of hubemu runs beside the rest unwatched: whoever starts a task, timer or thread is here.

What lives long goes through `hubemu.supervision`, which logs its end, tries again and tells it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from tests.conftest import REPOSITORY

STARTERS = {
    "create_task",
    "ensure_future",
    "call_later",
    "call_at",
    "run_coroutine_threadsafe",
    "run_in_executor",
    "start_new_thread",
    "TaskGroup",
    "Thread",
    "ThreadPoolExecutor",
}
AWAITED = "awaited by who starts it, however it ends"
GUARDED = "what it calls is guarded, and told when it fails"
ONE_CALL = "one call that cannot fail: cuts, gives back, sends what waits"
WATCHED = {
    "supervision.py:Supervision.passing create_task": "this is where tasks are watched",
    "supervision.py:Supervision._task create_task": "this is where tasks are watched",
    "alarm.py:Alarm.set call_later": "whoever is called guards itself or starts watched work",
    "amqp/connection.py:ClientConnection._schedule_beat call_later": "its fault ends the link",
    "amqp/dialling.py:_addresses ensure_future": AWAITED,
    "broker/backlog_turns.py:BacklogTurns._turn call_later": GUARDED,
    "broker/client_socket.py:ClientSocket.hang_up call_later": ONE_CALL,
    "broker/client_socket.py:ClientSocket.part call_later": ONE_CALL,
    "broker/session.py:Session._keep_time call_later": GUARDED,
    "broker/session.py:Session._restart_deadline call_later": ONE_CALL,
    "broker/session.py:Session._tick call_later": GUARDED,
    "broker/session.py:Session.connected call_later": ONE_CALL,
    "broker/store/committer.py:Committer.__init__ ThreadPoolExecutor": AWAITED,
    "broker/store/committer.py:Committer._look call_later": "it wakes a task that is watched",
    "broker/store/committer.py:Committer._tried run_in_executor": AWAITED,
    "cli/lines.py:LineWriter.__init__ Thread": "whatever fails, it goes on with the next lines",
    "cli/terminal.py:Terminal.follow call_later": "tells sums: what fails is asyncio's to log",
    "control/context.py:Context.wait_for create_task": AWAITED,
    "control/long_polling.py:answer_when create_task": AWAITED,
    "control/inboxes/played_inboxes.py:PlayedInboxes.looked call_later": "starts a watched task",
    "control/http_protocol.py:HttpProtocol._watch_request call_later": ONE_CALL,
    "control/http_protocol.py:HttpProtocol.pause_writing call_later": ONE_CALL,
    "dispatcher/amqp/outlet.py:AmqpOutlet.put_back call_later": ONE_CALL,
    "dispatcher/pool/worker.py:listen Thread": "its end and its fault are told in the loop",
    "dispatcher/tracing/tracing.py:Tracing.close Thread": "the Hub ends with it; its SDK logs",
    "engines/rabbitmq/container_log.py:copy_log Thread": GUARDED,
    "engines/rabbitmq/docker.py:DockerNode.start create_task": AWAITED,
    "engines/rabbitmq/fault.py:_all_unreachable ensure_future": AWAITED,
    "faults/dispatch/holding.py:Holding._delay call_later": "hands on to the dispatcher's turns",
    "faults/network/paced.py:Paced._go_on call_at": ONE_CALL,
    "faults/network/stage.py:Stage._go_on call_at": ONE_CALL,
    "engines/rabbitmq/handshakes.py:HandshakeTeller._later call_later": "tells one handshake",
    "hub_certificates.py:CertificateMaker.begin run_in_executor": AWAITED,
    "rehearsal/trying.py:_exchange create_task": AWAITED,
    "pki/upkeep.py:_workers ThreadPoolExecutor": AWAITED,
    "scenarios/playing/waiting.py:Waiting.awaited ensure_future": AWAITED,
    "testing/portal.py:Portal.__init__ Thread": "who calls it waits for each result",
    "testing/portal.py:Portal.call run_coroutine_threadsafe": AWAITED,
}
"""Who starts something by other means, and why that is well."""


def started() -> Counter[str]:
    """Each function of hubemu that starts something, as in `WATCHED`, and how often."""
    found: Counter[str] = Counter()
    package = REPOSITORY / "hubemu"
    for file in sorted(package.rglob("*.py")):
        for place, name in _calls(ast.parse(file.read_text("utf-8")), ""):
            found[f"{file.relative_to(package).as_posix()}:{place} {name}"] += 1
    return found


def _calls(node: ast.AST, place: str) -> Iterator[tuple[str, str]]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _calls(inner, f"{place}.{inner.name}".lstrip("."))
            continue
        if isinstance(inner, ast.Attribute) and inner.attr in STARTERS:
            yield place, inner.attr  # called here, or handed on to be called
        elif isinstance(inner, ast.Name) and inner.id in STARTERS:
            yield place, inner.id
        yield from _calls(inner, place)


def test_whoever_starts_something_watches_it() -> None:
    unwatched = started().keys() - WATCHED.keys()
    assert not unwatched, f"use Supervision, or say here why not: {sorted(unwatched)}"


def test_nobody_is_excused_who_starts_nothing() -> None:
    assert WATCHED.keys() - started().keys() == set()


def test_the_search_finds_what_is_hidden() -> None:
    source = """
class A:
    async def b(self):
        later = asyncio.get_running_loop().call_later
        def c():
            asyncio.create_task(x())
        return [Thread(target=c) for _ in ()]
"""
    found = list(_calls(ast.parse(source), ""))
    assert found == [("A.b", "call_later"), ("A.b.c", "create_task"), ("A.b", "Thread")]
