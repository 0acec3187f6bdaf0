#!/usr/bin/env escript
%% One action on a Hub, as tests/clients/README.md describes (RabbitMQ's Erlang client).
-include_lib("amqp_client/include/amqp_client.hrl").

-define(PATIENCE, 10000).

main(Arguments) ->
    logger:set_primary_config(level, none),
    {ok, _} = application:ensure_all_started(amqp_client),
    %% Not while the Hub waits for the connection to be open: it does so for 10 s, as RabbitMQ does.
    [load(Application) || Application <- [crypto, public_key, ssl, rabbit_common, amqp_client]],
    process_flag(trap_exit, true),
    try act(connected(), Arguments) of
        _ -> halt(0)
    catch
        _:Reason ->
            io:format(standard_error, "~p~n", [Reason]),
            halt(1)
    end.

load(Application) ->
    {ok, Modules} = application:get_key(Application, modules),
    ok = code:ensure_modules_loaded(Modules).

connected() ->
    Parameters = #amqp_params_network{
        host = os:getenv("HUB_HOSTNAME"),
        port = list_to_integer(os:getenv("HUB_PORT")),
        virtual_host = list_to_binary(os:getenv("VHOST")),
        auth_mechanisms = [fun amqp_auth_mechanisms:external/3],
        ssl_options = tls()},
    {ok, Connection} = amqp_connection:start(Parameters),
    {ok, Channel} = amqp_connection:open_channel(Connection),
    monitor(process, Channel),
    Channel.

tls() ->
    Name = os:getenv("HUB_HOSTNAME"),
    Version = list_to_atom("tlsv" ++ os:getenv("TLS_VERSION")),
    Identity = case os:getenv("HUBEMU_CERT") of
        false -> [];
        Own -> [{certfile, Own}, {keyfile, os:getenv("HUBEMU_KEY")}]
    end,
    [{cacertfile, os:getenv("HUBEMU_CA")}, {verify, verify_peer}, {versions, [Version]},
     {server_name_indication, Name} | Identity].

act(Channel, ["send", Key, File]) ->
    {ok, Body} = file:read_file(File),
    Exchange = list_to_binary(os:getenv("EXCHANGE_NAME")),
    call(Channel, #'exchange.declare'{exchange = Exchange, passive = true}),
    call(Channel, #'confirm.select'{}),
    ok = amqp_channel:register_confirm_handler(Channel, self()),
    Message = #amqp_msg{
        payload = Body,
        props = #'P_basic'{content_type = <<"application/json">>, delivery_mode = 2}},
    Publish = #'basic.publish'{exchange = Exchange, routing_key = list_to_binary(Key)},
    amqp_channel:cast(Channel, Publish, Message),
    receive
        #'basic.ack'{} -> ok;
        {'DOWN', _, process, Channel, Reason} -> error(Reason)
    after ?PATIENCE -> error(not_confirmed)
    end;
act(Channel, ["take", Name]) ->
    Queue = list_to_binary(Name),
    call(Channel, #'queue.declare'{queue = Queue, passive = true}),
    amqp_channel:subscribe(Channel, #'basic.consume'{queue = Queue}, self()),
    receive
        {#'basic.deliver'{delivery_tag = Tag}, #amqp_msg{payload = Body}} ->
            ok = file:write(standard_io, Body),
            ok = amqp_channel:call(Channel, #'basic.ack'{delivery_tag = Tag}),
            amqp_channel:close(Channel)
    after ?PATIENCE -> error({nothing_in, Name})
    end;
act(Channel, ["declare", Name]) ->
    call(Channel, #'queue.declare'{queue = list_to_binary(Name), durable = true}).

call(Channel, Method) ->
    try amqp_channel:call(Channel, Method)
    catch exit:{Reason, _} -> error(Reason)
    end.
