"""What a node of ours is asked: Erlang for `ErlangShell`; the map `Given` has what is given."""

from __future__ import annotations

from typing import Final

__all__ = ["CLOSE", "CONNECTIONS", "DEPTHS", "PERMIT", "PURGE", "REMOVE_POLICIES", "SET_POLICIES"]

CONNECTIONS: Final = """
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
CLOSE: Final = """
    Reason = binary_to_list(maps:get(<<"reason">>, Given)),
    Pids = maps:from_list([{P, true} || P <- maps:get(<<"pids">>, Given)]),
    [rabbit_networking:close_connection(P, Reason) || P <- rabbit_networking:connections(),
        is_map_key(list_to_binary(pid_to_list(P)), Pids)],
    true"""
DEPTHS: Final = """
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
_EACH: Final = """
    Each = fun(Act, All) ->
        Begun = [spawn_monitor(fun() -> Act(One) end) || One <- All],
        [receive {'DOWN', Ref, process, Pid, normal} -> ok;
                 {'DOWN', Ref, process, Pid, Why} -> error(Why) end || {Pid, Ref} <- Begun],
        true end,"""
"""All at once: each change waits for the disk, and those that wait together share the wait."""
PURGE: Final = f"""{_EACH}
    Total = fun rabbit_fifo:query_messages_total/1,
    Empty = fun(Queue) ->
        try case amqqueue:get_type(Queue) of
                rabbit_quorum_queue ->
                    {{ok, {{_, 0}}, _}} = ra:leader_query(amqqueue:get_pid(Queue), Total), true;
                _ ->
                    Items = [messages_ready, messages_unacknowledged],
                    [0, 0] =:= [V || {{_, V}} <- rabbit_amqqueue:info(Queue, Items)]
            end
        catch _:_ -> false end end,
    Always = maps:get(<<"always">>, Given),
    Purge = fun(Queue) ->
        try {{ok, _}} = rabbit_amqqueue:purge(Queue)
        catch Class:Why ->
            case rabbit_amqqueue:lookup(amqqueue:get_name(Queue)) of
                {{ok, _}} -> erlang:Class(Why);
                _ -> gone end end end,
    Each(Purge, [Queue || VHost <- maps:get(<<"vhosts">>, Given),
        Queue <- rabbit_amqqueue:list(VHost),
        lists:member(element(4, amqqueue:get_name(Queue)), Always) orelse not Empty(Queue)])"""
"""A quorum queue is asked first: it writes down that it was purged, which takes a thousand of them
a second."""
SET_POLICIES: Final = f"""{_EACH}
    #{{<<"name">> := Name, <<"pattern">> := Pattern, <<"definition">> := Definition,
      <<"priority">> := Priority, <<"applies">> := Applies, <<"vhosts">> := VHosts,
      <<"classic">> := Classic}} = Given,
    IsClassic = fun(VHost) ->
        case rabbit_amqqueue:lookup(rabbit_misc:r(VHost, queue, Classic)) of
            {{ok, Queue}} -> amqqueue:get_type(Queue) =:= rabbit_classic_queue;
            _ -> false end end,
    Set = fun(VHost) -> ok = rabbit_policy:parse_set(
        VHost, Name, Pattern, Definition, Priority, Applies, <<"hubemu">>) end,
    case lists:filter(fun(VHost) -> not IsClassic(VHost) end, VHosts) of
        [] -> Each(Set, VHosts), [];
        Others -> Others end"""
REMOVE_POLICIES: Final = f"""{_EACH}
    Name = maps:get(<<"name">>, Given),
    Delete = fun(VHost) -> rabbit_policy:delete(VHost, Name, <<"hubemu">>) end,
    Each(Delete, [VHost || VHost <- rabbit_vhost:list_names(),
        rabbit_policy:lookup(VHost, Name) =/= not_found])"""
PERMIT: Final = f"""{_EACH}
    Table = rabbit_user_permission,
    Write = fun([User, VHost, C, W, R]) ->
        case mnesia:read(Table, {{user_vhost, User, VHost}}, write) of
            [{{user_permission, Key, {{permission, _, _, _}}}}] ->
                mnesia:write(Table, {{user_permission, Key, {{permission, C, W, R}}}}, write),
                false;
            _ -> true end end,
    Places = maps:get(<<"places">>, Given),
    Others = case (try rabbit_khepri:is_enabled() catch error:undef -> false end) orelse
            mnesia:sync_transaction(fun() -> lists:filter(Write, Places) end) of
        {{atomic, Unwritten}} -> Unwritten;
        _ -> Places end,
    Permit = fun([User, VHost, C, W, R]) ->
        ok = rabbit_auth_backend_internal:set_permissions(User, VHost, C, W, R, <<"hubemu">>) end,
    Each(Permit, Others)"""
"""All in one transaction where RabbitMQ keeps its users in Mnesia: its own `set_permissions` takes
one for each, and a line of the log. That is for where it keeps them elsewhere (Khepri)."""
