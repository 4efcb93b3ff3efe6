"""Telling servers that the catalogue has changed."""

from __future__ import annotations

from sqlalchemy import Connection, text

from catalogue.database.connections import CHANNEL


def announce(connection: Connection) -> None:
    """Raise the catalogue's revision, and tell servers that wait for it; both with the commit of the transaction."""
    connection.execute(text("UPDATE kartlagd.catalogue SET revision = revision + 1"))
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
