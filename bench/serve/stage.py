"""The stage: the data, the servers that run on it, and who is asked what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.serve import servers
from bench.serve.asks import Ask
from bench.serve.data import Data
from bench.serve.lines import BARE, COLD, PYGEOAPI, TIPG, WARM
from bench.serve.measure import Bench, Mix
from bench.serve.mixes import NOISE, POLYGONS, Mixes
from bench.serve.peers.environment import python_of
from bench.serve.peers.pygeoapi_configuration import write_configuration
from bench.serve.servers import Server


@dataclass(frozen=True)
class Stage:
    """What rows are measured with. `servers` has ours without a cache, ours with it, the bare SQL, and the peers."""

    data: Data
    bench: Bench
    mixes: Mixes
    servers: dict[str, Server]

    @property
    def cold(self) -> Server:
        """Ours with the cache off."""
        return self.servers[COLD]

    @property
    def warm(self) -> Server:
        """Ours with the cache on."""
        return self.servers[WARM]

    def asked(self, asks: Sequence[Ask], *names: str) -> list[Mix]:
        """The same asks for each of the servers that run, as each spells them."""
        running = [self.servers[name] for name in names or (PYGEOAPI, TIPG, BARE, COLD) if name in self.servers]
        return [
            Mix(server.name, server, [path for path in map(server.spelling, asks) if path is not None])
            for server in running
        ]


@contextmanager
def open_stage(data: Data, peers: Sequence[str], seconds: int, rounds: int) -> Iterator[Stage]:
    """Start the servers, and end them."""
    database = int((data.place.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    surroundings = data.place.environment(data.url)
    with ExitStack() as stack:
        started = [
            stack.enter_context(servers.bare(data.url)),
            stack.enter_context(servers.kartlagd(COLD, surroundings, cache=False)),
            stack.enter_context(servers.kartlagd(WARM, surroundings, cache=True)),
        ]
        if TIPG in peers:
            started.append(stack.enter_context(servers.tipg(python_of(TIPG), data.url)))
        if PYGEOAPI in peers:
            file = write_configuration(data.place.folder / "pygeoapi.yml", data.url, [POLYGONS, NOISE])
            started.append(stack.enter_context(servers.pygeoapi(python_of(PYGEOAPI), data.url, file)))
        bench = Bench(_recorded(data.place.folder), database, seconds, rounds)
        yield Stage(data, bench, Mixes(data.rows), {server.name: server for server in started})


def _recorded(folder: Path) -> Path:
    mixes = folder / "mixes"
    mixes.mkdir(exist_ok=True)
    return mixes
