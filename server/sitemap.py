"""What search engines read: `/robots.txt`, and `/sitemap.xml` (sitemaps.org, 0.9, with links to other languages)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple
from xml.etree import ElementTree

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.label import etag
from catalogue.language import LANGUAGES, set_language
from catalogue.query.parameters import single_values
from server.collection import TIMELINE
from server.current import Served
from server.links import part
from server.mount import Mount
from server.negotiation import asked_anyway
from server.writing import CONTROL

#: Addresses of one sitemap at most (sitemaps.org).
LIMIT = 50_000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
_HEADERS = {"Vary": "Accept-Encoding", "Cache-Control": CONTROL}
#: Pages of every layer besides its own.
_OF_LAYERS = ("items", "releases", "downloads", "schema")
#: What no search engine needs, and crawlers would go through without end.
_ROBOTS = """\
User-agent: *
Disallow: /*cursor=
Disallow: /*offset=
Disallow: /collections/*/changes
Disallow: /collections/*/tiles/*/*/*/
Allow: /
Sitemap: {base}/sitemap.xml
"""

Write = Callable[[Served, str], bytes]


class Page(NamedTuple):
    """One page and when it last changed, where that is known."""

    path: str
    changed: datetime | None = None


class Sitemap:
    """Both routes."""

    def __init__(self, mount: Mount) -> None:
        """Answers are kept where the mount keeps its own."""
        self.mount = mount

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        return [
            Route("/sitemap.xml", self._endpoint("application/xml", sitemap), methods=["GET"]),
            Route("/robots.txt", self._endpoint("text/plain; charset=utf-8", _robots), methods=["GET"]),
        ]

    def _endpoint(self, media_type: str, write: Write) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._answer(request, media_type, write)
            except Exception as error:
                return await run_in_threadpool(self.mount.failed, request, error)

        return endpoint

    async def _answer(self, request: Request, media_type: str, write: Write) -> Response:
        served = self.mount.current.served
        wants = asked_anyway(request.scope, served.home.settings.base_url)
        set_language(wants.language)
        single_values(wants.pairs, ())
        label = etag(served.label, wants.base_url, wants.path)
        headers = [(b"content-type", media_type.encode())]
        return await self.mount.kept.send(wants, label, lambda: (headers, write(served, wants.base_url)), _HEADERS)


def pages(served: Served) -> Iterator[Page]:
    """The pages that search engines should know, the most important first."""
    newest = max((release.published_at for release in served.releases.values()), default=None)
    yield from (Page("/", newest), Page("/collections", newest), Page("/developers"))
    for id_, release in served.releases.items():
        yield Page(f"/collections/{part(id_)}", release.published_at)
    if served.home.unpublished:
        yield Page("/unpublished")
    yield from (Page(f"/unpublished/{part(id_)}") for id_ in served.home.unpublished)
    for id_, release in served.releases.items():
        timed = (TIMELINE,) if release.definition.time else ()
        yield from (Page(f"/collections/{part(id_)}/{name}", release.published_at) for name in (*timed, *_OF_LAYERS))
    yield from (Page("/conformance"), Page("/dcat/quality"))


def sitemap(served: Served, base: str) -> bytes:
    """The sitemap: every page in each language, with its addresses in the others."""
    ElementTree.register_namespace("xhtml", _XHTML)
    root = ElementTree.Element("urlset", {"xmlns": _SITEMAP})
    for page in islice(pages(served), LIMIT // len(LANGUAGES)):
        address = base + page.path
        addresses = {language: f"{address}?lang={language}" for language in LANGUAGES} | {"x-default": address}
        for language in LANGUAGES:
            entry = ElementTree.SubElement(root, "url")
            ElementTree.SubElement(entry, "loc").text = addresses[language]
            if page.changed:
                ElementTree.SubElement(entry, "lastmod").text = page.changed.astimezone(UTC).isoformat("T", "seconds")
            for hreflang, href in addresses.items():
                about = {"rel": "alternate", "hreflang": hreflang, "href": href}
                ElementTree.SubElement(entry, f"{{{_XHTML}}}link", about)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _robots(_served: Served, base: str) -> bytes:
    return _ROBOTS.format(base=base).encode()
