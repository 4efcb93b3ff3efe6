"""Operations tried from a plain form: what was filled in leads to the address that it stands for (303).

A form sends every field, the empty ones too, and cannot write into a path; so it works without scripts.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.language import _
from catalogue.query.parameters import BadParameter, single_values
from server.errors import not_found
from server.mount import Mount
from server.negotiation import asked_anyway
from server.openapi.definition import SERVER
from server.openapi.document import openapi
from server.openapi.referred import resolved
from server.pages.operations import address
from server.writing import CONTROL


class Trying:
    """The route below `/openapi`."""

    def __init__(self, mount: Mount) -> None:
        """Keep what answers failures."""
        self.mount = mount

    def routes(self) -> list[Route]:
        """One route for all operations."""
        return [Route("/openapi/{tag}/{operation}", self._endpoint, methods=["GET"])]

    async def _endpoint(self, request: Request) -> Response:
        return await run_in_threadpool(self._answer, request)

    def _answer(self, request: Request) -> Response:
        try:
            return Response(status_code=303, headers={"Location": self._address(request), "Cache-Control": CONTROL})
        except Exception as error:
            return self.mount.failed(request, error)

    def _address(self, request: Request) -> str:
        served = self.mount.current.served
        wants = asked_anyway(request.scope, served.home.settings.base_url)
        tag, operation = request.path_params["tag"], request.path_params["operation"]
        if tag not in (SERVER, *served.releases):
            raise not_found(_("There is no operation “{name}” here.", name=operation[:80]))
        document = openapi(served, wants.base_url, wants.language, tag)
        found = (
            (path, methods["get"])
            for path, methods in document["paths"].items()
            if methods.get("get", {}).get("operationId") == operation
        )
        path, tried = next(found, (None, None))
        if path is None or tried is None:
            raise not_found(_("There is no operation “{name}” here.", name=operation[:80]))
        described = [resolved(document, each) for each in tried.get("parameters", ())]
        values = single_values(wants.pairs, [each["name"] for each in described])
        for each in described:
            if each["in"] == "path" and not values.get(each["name"]):
                raise BadParameter(each["name"], _("“{name}” must be given here.", name=each["name"]))
        return address(wants.base_url, path, described, values)
