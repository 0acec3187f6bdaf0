"""Faults of the dispatcher and of the conversion service: what becomes of messages."""
