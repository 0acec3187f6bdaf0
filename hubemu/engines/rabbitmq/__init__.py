"""The RabbitMQ engine: the real broker, made to carry the Hub's topology and its certificates."""
