"""Faults of the embedded broker, on the places it has for them."""
