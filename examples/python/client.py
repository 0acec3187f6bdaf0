"""A client of the Hub: python client.py CLIENT_ID [FILE] (see ../README.md)."""

import os
import ssl
import sys
import time

import pika

QUEUES = ("message", "ack", "info")


def connect() -> pika.BlockingConnection:
    """A connection over mutual TLS; the certificate is the login."""
    tls = ssl.create_default_context(cafile=os.environ["HUBEMU_CA"])
    tls.load_cert_chain(os.environ["HUBEMU_CERT"], os.environ["HUBEMU_KEY"])
    host = os.environ["HUB_HOSTNAME"]
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host=host,
            port=int(os.environ["HUB_PORT"]),
            virtual_host=os.environ["VHOST"],
            credentials=pika.credentials.ExternalCredentials(),
            ssl_options=pika.SSLOptions(tls, host),
            heartbeat=30,
        )
    )


def publish(connection: pika.BlockingConnection, client_id: str, file: str) -> None:
    """Publish a file, persistent; returns when the broker has confirmed it."""
    channel = connection.channel()
    channel.confirm_delivery()
    kind = "xml" if file.endswith(".xml") else "json"
    properties = pika.BasicProperties(content_type=f"application/{kind}", delivery_mode=2)
    with open(file, "rb") as body:
        channel.basic_publish(os.environ["EXCHANGE_NAME"], client_id, body.read(), properties)
    channel.close()
    print(f"confirmed {file}", flush=True)


def consume(connection: pika.BlockingConnection, client_id: str) -> None:
    """Print and acknowledge what comes, until the connection is lost."""
    channel = connection.channel()
    channel.basic_qos(prefetch_count=10)

    def take(channel, method, properties, body):
        print(method.consumer_tag, body.decode(errors="replace"), flush=True)
        channel.basic_ack(method.delivery_tag)

    for queue in QUEUES:
        channel.basic_consume(f"{client_id}.{queue}", take, consumer_tag=queue)
    print("listening", flush=True)
    channel.start_consuming()


def main() -> None:
    """Come back for ever, after a pause that grows."""
    client_id, files = sys.argv[1], sys.argv[2:]
    pause = 0.5
    while True:
        try:
            connection = connect()
            while files:
                publish(connection, client_id, files[0])
                files.pop(0)
            pause = 0.5
            consume(connection, client_id)
        except (pika.exceptions.AMQPError, OSError) as error:
            print(f"lost: {error!r}", file=sys.stderr, flush=True)
        time.sleep(pause)
        pause = min(2 * pause, 30)


if __name__ == "__main__":
    main()
