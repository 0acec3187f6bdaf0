"""Faults of certificates: the Hub shows one that a careful client must refuse."""
