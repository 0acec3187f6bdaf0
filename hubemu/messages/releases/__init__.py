"""Releases: built in or imported, kept, compared, and what is drawn from them."""
