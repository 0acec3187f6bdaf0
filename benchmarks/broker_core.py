"""What one message costs in the broker's core alone, without sockets and frames.

A 3 KB message published to a topic exchange, routed to a queue, delivered to a sink and
acknowledged; then the memory of messages that wait, and the cost of draining them. Times are CPU
time of this process. Run it with `python benchmarks/broker_core.py`.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

from benchmarks.sink import Sink
from hubemu.broker.core import Broker, Channel, ConnectionOwner, Message
from hubemu.broker.wire.properties import encode_properties
from hubemu.clock import Clock
from hubemu.properties import Properties

MESSAGES = 100_000
WAITING = 20_000
BODY = bytes(3000)
HEADER = encode_properties(Properties(content_type="application/json", delivery_mode=2))


def microseconds(work: Callable[[], None], count: int) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e6


def main() -> None:
    broker = Broker(Clock())
    broker.add_vhost("/")
    broker.grant("guest", "/", ".*", ".*", ".*")
    sink = Sink()
    channel = Channel(*broker.open("/", "guest"), sink, ConnectionOwner())
    channel.exchanges.declare("hubsante", "topic")
    channel.queues.declare("q", arguments={"x-message-ttl": 86_400_000})
    channel.queues.bind("q", "hubsante", "#")
    channel.mode.confirm_select()
    channel.consumers.qos(0, 100, False)

    def publish() -> None:
        channel.publisher.publish(Message("hubsante", "fr.health.samuA", bytes(BODY), HEADER))

    def through() -> None:
        for _ in range(MESSAGES):
            publish()
            channel.acknowledgements.ack(sink.last)

    channel.consumers.consume("q", "c")
    channel.consumers.resume()
    print(f"publish, route, deliver, ack: {microseconds(through, MESSAGES):.2f} us a message")
    channel.consumers.cancel("c")
    tracemalloc.start()
    for _ in range(WAITING):
        channel.publisher.publish(
            Message("hubsante", "fr.health.samuA", bytes(len(BODY)), bytes(bytearray(HEADER)))
        )
    overhead = tracemalloc.get_traced_memory()[0] / WAITING - len(BODY)
    tracemalloc.stop()
    print(f"memory beside the body: {overhead:.0f} octets a waiting message")
    channel.consumers.qos(0, 0, False)
    channel.consumers.consume("q", "c")
    print(
        f"deliver those waiting: {microseconds(channel.consumers.resume, WAITING):.2f} us a message"
    )
    everything = microseconds(lambda: channel.acknowledgements.ack(0, True), WAITING)
    print(f"acknowledge them at once: {everything:.2f} us a message")


if __name__ == "__main__":
    main()
