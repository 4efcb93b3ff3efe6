"""A small web: hosts by name, each a server that runs on a port of this machine, and what they answer read as RDF."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from rdflib import Graph
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.server.conftest import serving

READERS = {"application/rdf+xml": "xml", "text/turtle": "turtle", "application/ld+json": "json-ld"}


class Names(httpx.HTTPTransport):
    """Leads requests to the ports that hosts have here, as a name server and a proxy for HTTPS would."""

    def __init__(self, ports: dict[str, int]) -> None:
        super().__init__()
        self.ports = ports

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        port = self.ports[request.url.host]
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
        return super().handle_request(request)


@contextmanager
def web(**servers: httpx.Client) -> Iterator[httpx.Client]:
    """A client of these servers by their hosts' names; an underscore in a name stands for a dot."""
    ports = {name.replace("_", "."): int(client.base_url.port or 0) for name, client in servers.items()}
    with httpx.Client(transport=Names(ports), timeout=30) as client:
        yield client


@contextmanager
def plain_server(path: str, response: Response) -> Iterator[httpx.Client]:
    """A server that has one answer, as a municipality's own web server has."""

    async def answer(_request: Request) -> Response:
        return response

    with serving(Starlette(routes=[Route(path, answer)])) as client:
        yield client


def graph(answer: httpx.Response) -> Graph:
    """What an answer says, by its media type."""
    with warnings.catch_warnings():
        # rdflib's reader of JSON-LD uses a class of its own that it calls old.
        warnings.simplefilter("ignore", DeprecationWarning)
        media_type = answer.raise_for_status().headers["content-type"].split(";")[0]
        return Graph().parse(data=answer.content, format=READERS[media_type])
