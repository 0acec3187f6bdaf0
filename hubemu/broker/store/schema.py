"""The tables of the state file, and every statement on them.

A message's `id` is its queue's number and its position there (`QUEUE_SHIFT`), so that rows lie in
the order in which they are read again. Queue numbers are not used twice while a broker runs.
Messages of a classic queue at positions below its `marked_below` are marked as redelivered,
whatever their rows say: so a kill marks all of them without writing to each. A queue that is
deleted while it has many messages leaves a row of its number until all of them are deleted
(`rows.going_row`).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ADD_MESSAGE",
    "APPLICATION_ID",
    "BINDINGS",
    "EXCHANGES",
    "FORGET_BINDING",
    "FORGET_EXCHANGE",
    "FORGET_FIRST",
    "FORGET_MESSAGES",
    "FORGET_QUEUE",
    "FORMAT",
    "MESSAGES",
    "PUT_BINDING",
    "PUT_EXCHANGE",
    "PUT_QUEUE",
    "QUEUES",
    "QUEUE_SHIFT",
    "RETURN_MESSAGE",
    "SET_CLEAN",
    "TABLES",
    "WAS_CLEAN",
]

APPLICATION_ID: Final = 0x68756265
"""`hube`: marks the file as ours."""
FORMAT: Final = 1
QUEUE_SHIFT: Final = 36
"""Bits of a message's id that hold its position; those above hold the queue's number."""

TABLES: Final = (
    "CREATE TABLE run (clean INTEGER NOT NULL)",
    "INSERT INTO run VALUES (1)",
    """CREATE TABLE exchanges (
        vhost TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
        auto_delete INTEGER NOT NULL, internal INTEGER NOT NULL, arguments BLOB NOT NULL,
        PRIMARY KEY (vhost, name)) WITHOUT ROWID""",
    """CREATE TABLE queues (
        vhost TEXT NOT NULL, name TEXT NOT NULL,
        auto_delete INTEGER NOT NULL, arguments BLOB NOT NULL, marked_below INTEGER NOT NULL,
        number INTEGER NOT NULL UNIQUE,
        PRIMARY KEY (vhost, name)) WITHOUT ROWID""",
    """CREATE TABLE bindings (
        vhost TEXT NOT NULL, source TEXT NOT NULL, to_queue INTEGER NOT NULL,
        destination TEXT NOT NULL, routing_key TEXT NOT NULL, arguments BLOB NOT NULL,
        PRIMARY KEY (vhost, source, to_queue, destination, routing_key, arguments)
        ) WITHOUT ROWID""",
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY, exchange TEXT NOT NULL, routing_key TEXT NOT NULL,
        blind_keys TEXT, expires_at REAL, redelivered INTEGER NOT NULL,
        deliveries INTEGER NOT NULL, checksum INTEGER NOT NULL,
        header BLOB NOT NULL, body BLOB NOT NULL)""",
)

WAS_CLEAN: Final = "SELECT clean FROM run"
SET_CLEAN: Final = "UPDATE run SET clean = ?"

EXCHANGES: Final = "SELECT vhost, name, type, auto_delete, internal, arguments FROM exchanges"
PUT_EXCHANGE: Final = "INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?, ?, ?)"
FORGET_EXCHANGE: Final = "DELETE FROM exchanges WHERE vhost = ? AND name = ?"

QUEUES: Final = "SELECT vhost, name, auto_delete, arguments, marked_below, number FROM queues"
PUT_QUEUE: Final = "INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?, ?, ?)"
FORGET_QUEUE: Final = "DELETE FROM queues WHERE vhost = ? AND name = ?"

BINDINGS: Final = (
    "SELECT vhost, source, to_queue, destination, routing_key, arguments FROM bindings"
)
PUT_BINDING: Final = "INSERT OR REPLACE INTO bindings VALUES (?, ?, ?, ?, ?, ?)"
FORGET_BINDING: Final = (
    "DELETE FROM bindings WHERE vhost = ? AND source = ? AND to_queue = ? "
    "AND destination = ? AND routing_key = ? AND arguments = ?"
)

MESSAGES: Final = (
    "SELECT id, exchange, routing_key, blind_keys, expires_at, redelivered, deliveries, "
    "checksum, header, body FROM messages ORDER BY id"
)
ADD_MESSAGE: Final = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
RETURN_MESSAGE: Final = "UPDATE messages SET redelivered = 1, deliveries = ? WHERE id = ?"
FORGET_MESSAGES: Final = "DELETE FROM messages WHERE id BETWEEN ? AND ?"
FORGET_FIRST: Final = (
    "DELETE FROM messages WHERE id BETWEEN :first AND coalesce("
    "(SELECT id FROM messages WHERE id BETWEEN :first AND :last ORDER BY id LIMIT 1 "
    "OFFSET :most - 1), :last)"
)
