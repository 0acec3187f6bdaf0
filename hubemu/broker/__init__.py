"""The embedded AMQP 0-9-1 broker: RabbitMQ as its clients see it, in pure Python."""
