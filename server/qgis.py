"""A file by which QGIS learns of the server: `/collections/{layer}/qgis.xml`.

Its form is that of QGIS' own “Save connections” (`QgsManageConnectionsDialog::saveWfsConnections`, QGIS 3): a
connection is a server with all its layers, whichever layer's page the file was taken from.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.feature_schema import in_language
from catalogue.label import etag
from catalogue.language import LANGUAGES, set_language
from catalogue.query.parameters import choice, single_values
from server.express.cache import Headers
from server.mount import Mount
from server.negotiation import asked_anyway
from server.writing import common_headers


class Connection:
    """The route of the file."""

    def __init__(self, mount: Mount) -> None:
        """Answers are kept where the mount keeps its own."""
        self.mount = mount

    def routes(self) -> list[Route]:
        """One for all layers."""
        return [Route("/collections/{layer}/qgis.xml", self._file, methods=["GET"])]

    async def _file(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except Exception as error:
            return await run_in_threadpool(self.mount.failed, request, error)

    async def _answer(self, request: Request) -> Response:
        served = self.mount.current.served
        settings = served.home.settings
        wants = asked_anyway(request.scope, settings.base_url)
        set_language(wants.language)
        layer = served.release(request.path_params["layer"]).layer
        choice("lang", single_values(wants.pairs, ("lang",)), LANGUAGES)
        name = in_language(settings.title, wants.language)

        def make() -> tuple[Headers, bytes]:
            headers = [
                (b"content-type", b"application/xml; charset=utf-8"),
                (b"content-disposition", f'attachment; filename="{layer}-qgis.xml"'.encode()),
            ]
            return headers, connection_file(name, wants.base_url)

        label = etag(served.label, wants.base_url, layer, wants.language, "qgis")
        return await self.mount.kept.send(wants, label, make, common_headers(wants, settings))


def connection_file(name: str, address: str) -> bytes:
    """The file for a server of that name, whose landing page has that address."""
    root = Element("qgsWFSConnections", version="1.1")
    SubElement(
        root,
        "wfs",
        name=name,
        url=address,
        version="OGC_API_FEATURES",
        pagingenabled="default",
        pagesize="",
        maxnumfeatures="",
        ignoreAxisOrientation="false",
        invertAxisOrientation="false",
    )
    text: str = tostring(root, encoding="unicode")
    return f"<!DOCTYPE connections>\n{text}\n".encode()
