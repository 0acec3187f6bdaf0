"""A read-only part of RabbitMQ's management API, over the embedded broker.

Names and shapes are those of RabbitMQ 3.10 with its statistics turned off (`disable_stats`), so
that tools made for it read them: what is counted over time (rates, `message_stats`) is left out.
"""
