<?php
// TLS connections of PHP: for each line on standard input (name, port, ca, certificate, key) what it says.
// As php-amqplib connects: stream_socket_client with a context; the warnings say more than the error.

function probe(string $port, string $ca, string $certificate, string $key): string
{
    $options = ['cafile' => $ca, 'verify_peer' => true, 'verify_peer_name' => true, 'peer_name' => 'localhost',
                'crypto_method' => STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT];
    if ($certificate !== '-') {
        $options += ['local_cert' => $certificate, 'local_pk' => $key];
    }
    $said = [];
    set_error_handler(function ($number, $words) use (&$said) {
        $said[] = "PHP Warning: $words";
        return true;
    });
    $context = stream_context_create(['ssl' => $options]);
    $socket = stream_socket_client("ssl://localhost:$port", $code, $words, 10, STREAM_CLIENT_CONNECT, $context);
    restore_error_handler();
    if ($socket === false) {
        return implode("\n", [...$said, "stream_socket_client(): $words ($code)"]);
    }
    fclose($socket);
    return 'accepted';
}

while (($line = fgets(STDIN)) !== false) {
    [$name, $port, $ca, $certificate, $key] = explode("\t", rtrim($line, "\n"));
    echo $name, "\t", preg_replace('/\s*\n\s*/', ' | ', probe($port, $ca, $certificate, $key)), "\n";
}
