<?php
// A client of the Hub: php client.php CLIENT_ID [FILE] (see ../README.md).
// Of composer, or of Debian's php-amqplib.
$composer = __DIR__ . '/vendor/autoload.php';
require is_file($composer) ? $composer : 'PhpAmqpLib/autoload.php';

use PhpAmqpLib\Connection\AMQPSSLConnection;
use PhpAmqpLib\Message\AMQPMessage;

const QUEUES = ['message', 'ack', 'info'];

function connect()
{
    $tls = [
        'cafile' => getenv('HUBEMU_CA'),
        'local_cert' => getenv('HUBEMU_CERT'),
        'local_pk' => getenv('HUBEMU_KEY'),
        'verify_peer' => true,
        'verify_peer_name' => true,
        'peer_name' => getenv('HUB_HOSTNAME'),
    ];
    // EXTERNAL: the certificate is the login, there is no user and no password.
    $options = ['login_method' => 'EXTERNAL', 'heartbeat' => 30, 'read_write_timeout' => 60, 'connection_timeout' => 10];
    return new AMQPSSLConnection(
        getenv('HUB_HOSTNAME'), (int) getenv('HUB_PORT'), '', '', getenv('VHOST'), $tls, $options
    );
}

function publish($connection, $clientId, $file)
{
    $channel = $connection->channel();
    $channel->confirm_select();
    $message = new AMQPMessage(file_get_contents($file), [
        'content_type' => str_ends_with($file, '.xml') ? 'application/xml' : 'application/json',
        'delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT,
    ]);
    $channel->basic_publish($message, getenv('EXCHANGE_NAME'), $clientId);
    $channel->wait_for_pending_acks(10);
    $channel->close();
    echo "confirmed $file\n";
}

function consume($connection, $clientId)
{
    $channel = $connection->channel();
    $channel->basic_qos(0, 10, false);
    foreach (QUEUES as $queue) {
        $take = function ($message) use ($queue) {
            echo $queue, ' ', $message->getBody(), "\n";
            $message->ack();
        };
        $channel->basic_consume("$clientId.$queue", $queue, false, false, false, false, $take);
    }
    echo "listening\n";
    while ($channel->is_consuming()) {
        try {
            $channel->wait(null, false, 10);
        } catch (PhpAmqpLib\Exception\AMQPTimeoutException $nothing) {
            $connection->checkHeartBeat();
        }
    }
}

[, $clientId, $file] = $argv + [2 => null];
for ($pause = 500000; ; $pause = min(2 * $pause, 30000000)) {
    try {
        $connection = connect();
        if ($file !== null) {
            publish($connection, $clientId, $file);
            $file = null;
        }
        $pause = 500000;
        consume($connection, $clientId);
    } catch (Exception $error) {
        fwrite(STDERR, 'lost: ' . $error->getMessage() . "\n");
    }
    usleep($pause);
}
