"""Versions of the health models: what each step changes in each message type."""
