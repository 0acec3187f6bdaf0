"""AMQP 0-9-1 on the wire: field tables, basic properties, frames, methods. No sockets here."""
