"""One AMQP connection as a state machine: bytes in, calls to `broker.core`, bytes out.

Nothing here opens a socket, starts a timer or reads a clock.
"""
