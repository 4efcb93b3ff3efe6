"""A relay in front of a server that counts what goes to its clients: every byte of every connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Relay:
    """Passes connections on to a port of this machine."""

    def __init__(self, port: int) -> None:
        """`port`: that of the server; the relay's own is known once it runs."""
        self.server = port
        self.port = 0
        #: Bytes that went to clients.
        self.sent = 0
        self.ready = threading.Event()
        self.stop: Callable[[], object] = self.ready.clear

    async def run(self) -> None:
        """Pass connections on until `stop` is called; those that are open then are ended."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self.stop = lambda: loop.call_soon_threadsafe(ended.set)
        listening = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        self.ready.set()
        await ended.wait()
        listening.close()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, in both directions, until either side ends it."""
        there, back = await asyncio.open_connection("127.0.0.1", self.server)
        await asyncio.gather(self._pass(reader, back, False), self._pass(there, writer, True))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, counts: bool) -> None:
        try:
            while piece := await source.read(65_536):
                self.sent += len(piece) if counts else 0
                target.write(piece)
                await target.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            target.close()


@contextmanager
def relay(port: int) -> Iterator[Relay]:
    """A relay before the server at that port, in a thread of its own, as long as the block."""
    made = Relay(port)
    thread = threading.Thread(target=lambda: asyncio.run(made.run()))
    thread.start()
    made.ready.wait(10)
    try:
        yield made
    finally:
        made.stop()
        thread.join(timeout=10)
