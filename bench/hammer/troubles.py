"""Clients that behave badly: they hang up, or do not read."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from bench.hammer.answers import HOST


def _asking(address: str, path: str, *, small: bool) -> socket.socket:
    """A connection on which `path` was asked for; `small`: it takes little before it is read from."""
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
    connection = socket.socket()
    if small:
        # Must be said before the connection is made.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect((host, port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    return connection


def hang_up(address: str, paths: Sequence[str], dice: random.Random) -> int:
    """Ask for each path, read a little of the answer or nothing, and go; how many answers had begun."""
    begun = 0
    for path in paths:
        with _asking(address, path, small=True) as connection:
            if dice.random() < 0.7:
                begun += bool(connection.recv(dice.randint(1, 2000)))
            if dice.random() < 0.5:
                # A connection that is reset, not closed in good order.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return begun


@contextmanager
def slow_readers(address: str, paths: Sequence[str]) -> Iterator[list[socket.socket]]:
    """As many connections as paths, each with an answer that nobody reads."""
    connections: list[socket.socket] = []
    try:
        for path in paths:
            connections.append(_asking(address, path, small=True))
            if len(connections) % 50 == 0:
                # Not all at once: nobody's backlog holds a thousand.
                time.sleep(0.05)
        yield connections
    finally:
        for connection in connections:
            connection.close()


def statuses(connections: Sequence[socket.socket]) -> list[int]:
    """The status of each answer, read from its first bytes; 0 for a connection that was ended without one."""
    found = []
    for connection in connections:
        try:
            first = connection.recv(12)
        except OSError:
            first = b""
        found.append(int(first.split()[1]) if first.startswith(b"HTTP/1.1 ") else 0)
    return found
