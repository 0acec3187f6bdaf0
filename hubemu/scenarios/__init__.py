"""Scenarios: stories between clients of a Hub, every step of which is checked."""
