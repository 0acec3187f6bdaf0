"""What a node of ours says of itself now: its connections and queues are asked, each of them.

The management API knows them from statistics that are up to some seconds old: a connection that
was just opened is not there yet, one that is closed still is, and a quorum queue is as it was five
seconds ago.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from hubemu.broker.core.queue import QueueDepth
from hubemu.engines.rabbitmq.erlang import ErlangShell

__all__ = ["AskedNode"]

_T = TypeVar("_T")

_CONNECTIONS: Final = """
    Json = fun(P) when is_pid(P) -> list_to_binary(pid_to_list(P));
              (S) when is_list(S) -> unicode:characters_to_binary(S);
              (Other) -> Other end,
    IsText = fun(V) -> is_list(unicode:characters_to_list(V)) end,
    Product = fun(Table) -> maps:from_list([{K, V} || {K, longstr, V} <- Table,
        lists:member(K, [<<"product">>, <<"version">>]), IsText(V)]) end,
    Users = maps:from_list([{U, true} || U <- maps:get(<<"users">>, Given)]),
    Early = [pre_init, securing, starting, tuning, opening],
    Facts = [pid, name, user, vhost, channels, connected_at, ssl_protocol,
             peer_cert_subject, peer_cert_issuer, peer_cert_validity, client_properties],
    Row = fun(Pid) ->
        try [{state, State}, {user, User}] = rabbit_networking:connection_info(Pid, [state, user]),
            Open = not lists:member(State, [closing, closed | Early]),
            if Open, is_map_key(User, Users) ->
                [maps:from_list([if K =:= client_properties -> {K, Product(V)};
                                    true -> {K, Json(V)} end
                    || {K, V} <- rabbit_networking:connection_info(Pid, Facts)])];
               true -> [] end
        catch _:_ -> [] end end,
    lists:flatmap(Row, rabbit_networking:connections())"""
_CLOSE: Final = """
    Reason = binary_to_list(maps:get(<<"reason">>, Given)),
    Pids = maps:from_list([{P, true} || P <- maps:get(<<"pids">>, Given)]),
    [rabbit_networking:close_connection(P, Reason) || P <- rabbit_networking:connections(),
        is_map_key(list_to_binary(pid_to_list(P)), Pids)],
    true"""
_DEPTHS: Final = """
    Counts = fun(S) -> [rabbit_fifo:query_messages_ready(S),
        rabbit_fifo:query_messages_checked_out(S), rabbit_fifo:query_consumer_count(S)] end,
    Depth = fun(Queue) ->
        try case amqqueue:get_type(Queue) of
                rabbit_quorum_queue ->
                    {ok, {_, Told}, _} = ra:leader_query(amqqueue:get_pid(Queue), Counts),
                    Told;
                _ ->
                    Items = [messages_ready, messages_unacknowledged, consumers],
                    [if is_integer(V) -> V end || {_, V} <- rabbit_amqqueue:info(Queue, Items)]
            end of
            Numbers -> [[element(4, amqqueue:get_name(Queue)) | Numbers]]
        catch _:_ -> [] end end,
    maps:from_list([{VHost, lists:flatmap(Depth, rabbit_amqqueue:list(VHost))}
        || VHost <- rabbit_vhost:list_names()])"""

_TYPES: Final = """
    Names = #{rabbit_classic_queue => <<"classic">>, rabbit_quorum_queue => <<"quorum">>},
    Type = fun(VHost) ->
        Name = rabbit_misc:r(VHost, queue, maps:get(<<"name">>, Given)),
        case rabbit_amqqueue:lookup(Name) of
            {ok, Queue} -> [{VHost, maps:get(amqqueue:get_type(Queue), Names, <<"">>)}];
            _ -> [] end end,
    maps:from_list(lists:flatmap(Type, rabbit_vhost:list_names()))"""
_EACH: Final = """
    Each = fun(Act, All) ->
        Begun = [spawn_monitor(fun() -> Act(One) end) || One <- All],
        [receive {'DOWN', Ref, process, Pid, normal} -> ok;
                 {'DOWN', Ref, process, Pid, Why} -> error(Why) end || {Pid, Ref} <- Begun],
        true end,"""
"""All at once: each change waits for the disk, and those that wait together share the wait."""
_SET_POLICIES: Final = f"""{_EACH}
    #{{<<"name">> := Name, <<"pattern">> := Pattern, <<"definition">> := Definition,
      <<"priority">> := Priority, <<"applies">> := Applies, <<"vhosts">> := VHosts}} = Given,
    Set = fun(VHost) -> ok = rabbit_policy:parse_set(
        VHost, Name, Pattern, Definition, Priority, Applies, <<"hubemu">>) end,
    Each(Set, VHosts)"""
_REMOVE_POLICIES: Final = f"""{_EACH}
    Name = maps:get(<<"name">>, Given),
    Delete = fun(VHost) -> rabbit_policy:delete(VHost, Name, <<"hubemu">>) end,
    Each(Delete, [VHost || VHost <- rabbit_vhost:list_names(),
        rabbit_policy:lookup(VHost, Name) =/= not_found])"""
_PERMIT: Final = f"""{_EACH}
    Permit = fun([User, VHost, C, W, R]) ->
        ok = rabbit_auth_backend_internal:set_permissions(User, VHost, C, W, R, <<"hubemu">>) end,
    Each(Permit, maps:get(<<"places">>, Given))"""
_AT_ONCE: Final = 200
"""Places or processes in one question: what a process may be given is limited to 128 KiB."""


class AskedNode:
    """A node of ours.

    Args:
        shell: evaluates Erlang on it.
    """

    lag = 0.0

    def __init__(self, shell: ErlangShell) -> None:
        self._shell = shell

    async def connections(self, users: Iterable[str]) -> list[dict[str, Any]]:
        """The connections of these users that are open now: open to both sides, not about to be.

        The facts of each bear the names that the management API gives them; `pid` is its process.

        Raises:
            CheckFailed: the node does not tell.
        """
        rows: list[dict[str, Any]] = await self._shell.ask(_CONNECTIONS, users=list(users))
        return rows

    async def of_user(self, user: str, peer: str) -> list[dict[str, Any]]:
        """Those of one user: if none is from an address that was just connected, it has gone.

        Raises:
            CheckFailed: the node does not tell.
        """
        return await self.connections([user])

    async def close(self, connections: Iterable[Mapping[str, Any]], reason: str) -> None:
        """Close some of them (320 CONNECTION_FORCED - `reason`): they are when this returns.

        Raises:
            CheckFailed: the node does not do it.
        """
        pids = [row["pid"] for row in connections]
        for some in _portions(pids):
            await self._shell.ask(_CLOSE, pids=some, reason=reason)

    async def depths(self) -> dict[str, dict[str, QueueDepth]]:
        """The depth of every queue now, by vHost and name.

        Raises:
            CheckFailed: the node does not tell.
        """
        told: dict[str, list[tuple[str, int, int, int]]] = await self._shell.ask(_DEPTHS)
        return {
            vhost: {name: QueueDepth(*numbers) for name, *numbers in rows}
            for vhost, rows in told.items()
        }

    async def queue_types(self, name: str) -> dict[str, str]:
        """The type of the queue of a name on each vHost that has one: `classic`, `quorum`.

        Raises:
            CheckFailed: the node does not tell.
        """
        types: dict[str, str] = await self._shell.ask(_TYPES, name=name)
        return types

    async def set_policies(
        self, vhosts: Iterable[str], name: str, policy: Mapping[str, Any]
    ) -> None:
        """Make a policy on some vHosts, as the management API takes it; it governs from now on.

        Raises:
            CheckFailed: the node does not take it.
        """
        await self._shell.ask(
            _SET_POLICIES,
            vhosts=list(vhosts),
            name=name,
            pattern=policy["pattern"],
            definition=json.dumps(policy["definition"]),
            priority=policy["priority"],
            applies=policy["apply-to"],
        )

    async def remove_policies(self, name: str) -> None:
        """Remove the policies of a name, wherever there are any.

        Raises:
            CheckFailed: the node does not do it.
        """
        await self._shell.ask(_REMOVE_POLICIES, name=name)

    async def permit(self, places: Iterable[tuple[str, str, Mapping[str, str]]]) -> None:
        """Let users do on vHosts what `configure`, `write` and `read` say, and no more.

        Raises:
            CheckFailed: the node does not do it.
        """
        given = [
            (user, vhost, rights["configure"], rights["write"], rights["read"])
            for user, vhost, rights in places
        ]
        for some in _portions(given):
            await self._shell.ask(_PERMIT, places=some)


def _portions(all_of_them: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (all_of_them[at : at + _AT_ONCE] for at in range(0, len(all_of_them), _AT_ONCE))
