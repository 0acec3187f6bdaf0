#!/usr/bin/env escript
%% TLS connections of Erlang: for each line on standard input (name, port, ca, certificate, key) what it says.
main(_) ->
    {ok, _} = application:ensure_all_started(ssl),
    logger:set_primary_config(level, none),
    loop().

loop() ->
    case io:get_line("") of
        eof -> ok;
        Line -> probe(string:split(string:trim(Line), "\t", all)), loop()
    end.

probe([Name, Port, CA, Cert, Key]) ->
    Own = case Cert of "-" -> []; _ -> [{certfile, Cert}, {keyfile, Key}] end,
    Options = [{verify, verify_peer}, {cacertfile, CA}, {versions, ['tlsv1.2']},
               {server_name_indication, "localhost"} | Own],
    Text = case ssl:connect("localhost", list_to_integer(Port), Options, 10000) of
        {ok, Socket} -> ssl:close(Socket), "accepted";
        Error -> io_lib:format("~0p", [Error])
    end,
    io:format("~s\t~s~n", [Name, re:replace(Text, "\\s*\\n\\s*", " | ", [global, {return, list}])]).
