"""The dispatcher beside its broker: AMQP between them, deliveries that come again."""
