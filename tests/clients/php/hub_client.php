<?php
// One action on a Hub, as tests/clients/README.md describes.
declare(strict_types=1);

require 'PhpAmqpLib/autoload.php';

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Connection\AMQPSSLConnection;
use PhpAmqpLib\Message\AMQPMessage;

const PATIENCE = 10;

function connection(): AMQPSSLConnection
{
    $tls = [
        'cafile' => getenv('HUBEMU_CA'),
        'verify_peer' => true,
        'verify_peer_name' => true,
        'peer_name' => getenv('HUB_HOSTNAME'),
        'crypto_method' => getenv('TLS_VERSION') === '1.2'
            ? STREAM_CRYPTO_METHOD_TLSv1_2_CLIENT : STREAM_CRYPTO_METHOD_TLSv1_3_CLIENT,
    ];
    if (getenv('HUBEMU_CERT')) {
        $tls += ['local_cert' => getenv('HUBEMU_CERT'), 'local_pk' => getenv('HUBEMU_KEY')];
    }
    $options = ['login_method' => 'EXTERNAL', 'connection_timeout' => PATIENCE, 'read_write_timeout' => PATIENCE];
    return new AMQPSSLConnection(
        getenv('HUB_HOSTNAME'), (int) getenv('HUB_PORT'), '', '', getenv('VHOST'), $tls, $options
    );
}

function send(AMQPChannel $channel, string $key, string $file): void
{
    $exchange = getenv('EXCHANGE_NAME');
    $channel->exchange_declare($exchange, 'topic', true);
    $channel->confirm_select();
    $properties = ['content_type' => 'application/json', 'delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT];
    $channel->basic_publish(new AMQPMessage(file_get_contents($file), $properties), $exchange, $key);
    $channel->wait_for_pending_acks(PATIENCE);
}

function take(AMQPChannel $channel, string $queue): void
{
    $channel->queue_declare($queue, true);
    $taken = false;
    $channel->basic_consume($queue, '', false, false, false, false, function (AMQPMessage $message) use (&$taken) {
        echo $message->getBody();
        $message->ack();
        $taken = true;
    });
    while (!$taken) {
        $channel->wait(null, false, PATIENCE);
    }
}

try {
    $connection = connection();
    $channel = $connection->channel();
    match ($argv[1]) {
        'send' => send($channel, $argv[2], $argv[3]),
        'take' => take($channel, $argv[2]),
        'declare' => $channel->queue_declare($argv[2], false, true, false, false),
    };
    $connection->close();
} catch (Throwable $error) {
    fwrite(STDERR, get_class($error) . ': ' . $error->getMessage() . "\n");
    exit(1);
}
