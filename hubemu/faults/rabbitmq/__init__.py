"""Faults of the broker on RabbitMQ: what its own means can do, and why it cannot do the rest."""
