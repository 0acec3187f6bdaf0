"""Durable state of the embedded broker: one SQLite file, written in batches."""

from hubemu.broker.store.committer import Committer
from hubemu.broker.store.recorder import DiskStore
from hubemu.broker.store.statefile import FILE_NAME

__all__ = ["FILE_NAME", "Committer", "DiskStore"]
