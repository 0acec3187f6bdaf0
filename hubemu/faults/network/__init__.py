"""Faults of the network: what the octets of a connection go through, below TLS."""
