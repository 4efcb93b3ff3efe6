"""A server of many layers: its start, its documents, and how soon a change shows (by bench.catalogue)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.catalogue import (
    KEPT_MILLISECONDS,
    SEEN_SECONDS,
    START_SECONDS,
    changes,
    documents,
    make_home,
    publish,
    server,
)
from bench.serve.lines import WARM, Judgement, Line, number
from catalogue.database.cluster import Cluster
from catalogue.database.connections import loader_engine
from catalogue.database.migrate import migrate

_DOCUMENTS = {"/ json": "landing page", "/collections json": "/collections", "/openapi json": "OpenAPI"}


def many_layers(layers: int) -> list[Line]:
    """The lines of a server of `layers` layers, in a place of its own."""
    with TemporaryDirectory(prefix="kartlagd-bench-") as name:
        folder = Path(name)
        cluster = Cluster(folder / "data")
        try:
            make_home(folder, layers)
            cluster.start()
            engine = loader_engine(cluster.url())
            migrate(engine)
            publish(engine, folder)
            with server(folder, cluster.url()) as (client, start):
                made = documents(client)
                seen = changes(client, engine, folder)
            engine.dispose()
        finally:
            cluster.remove()
    lines = [_line(f"{layers} layers: start-up", start, "s", START_SECONDS)]
    lines += [
        _line(f"{layers} layers: {words}, {made[name][2] / 1000:.0f} kB", made[name][1], "ms", KEPT_MILLISECONDS)
        for name, words in _DOCUMENTS.items()
    ]
    return lines + [_line(f"{layers} layers: {what} is seen", took, "s", SEEN_SECONDS) for what, took in seen.items()]


def _line(name: str, found: float, unit: str, most: float) -> Line:
    return Line(name, {WARM: f"{number(found)} {unit}"}, {}, [Judgement(unit, found, most, most=True)])
