"""`/collections/{layer}/faults`: the form and its description (GET), and reports that are sent (POST)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.database.schemas import CATALOGUE, HELD
from catalogue.faults.keeping import Keeper
from catalogue.faults.report import MAX_NUMBER
from catalogue.language import LANGUAGES, _, set_language
from catalogue.query.parameters import BadParameter, choice, count, single_values
from catalogue.query.reader import StateChanged
from plugins.providers.layer import ATTEMPTS
from server.current import Served
from server.errors import api_error
from server.faults import body
from server.faults.answers import Answers, closed
from server.faults.document import find
from server.faults.receiving import receive
from server.faults.sender import address, require_same_origin
from server.faults.token import new_token
from server.formats import PAGE
from server.mount import Mount
from server.negotiation import Asked, asked, asked_anyway
from server.writing import failure

_PARAMETERS = ("feature", "received", "f", "lang")


@dataclass
class Faults:
    """The routes."""

    mount: Mount
    keeper: Keeper

    def routes(self) -> list[Route]:
        """Reading the form, and sending it."""
        path = "/collections/{layer}/faults"
        return [Route(path, self._get, methods=["GET"]), Route(path, self._post, methods=["POST"])]

    async def _get(self, request: Request) -> Response:
        return await run_in_threadpool(self._settled, request, self._form)

    async def _post(self, request: Request) -> Response:
        try:
            kind = body.media_type(request)
            require_same_origin(request, self._base_url(request))
            sent = body.values(await body.read(request), kind)
        except Exception as error:
            return await run_in_threadpool(self.mount.failed, request, error)
        return await run_in_threadpool(
            self._settled, request, lambda answers: self._receive(answers, request, kind, sent), kind
        )

    def _base_url(self, request: Request) -> str:
        return asked_anyway(request.scope, self.mount.current.served.home.settings.base_url).base_url

    def _settled(self, request: Request, work: Callable[[Answers], Response], kind: str | None = None) -> Response:
        """One request answered, anew where a release came between looking and reading."""
        wants: Asked | None = None
        served: Served | None = None
        try:
            for attempt in range(ATTEMPTS):
                served = self.mount.current.served
                base = served.home.settings.base_url
                wants = asked_anyway(request.scope, base) if kind else asked(request.scope, base, PAGE)
                if kind:
                    # A page's form is answered by a page, a program by JSON.
                    wants = wants._replace(format="html" if kind == body.FORM else "json")
                set_language(wants.language)
                try:
                    return work(self._answers(served, wants, request.path_params["layer"]))
                except StateChanged:
                    if attempt == ATTEMPTS - 1:
                        raise
                    self.mount.current.look(outdated=served)
        except Exception as error:
            if wants is None or served is None:
                return self.mount.failed(request, error)
            return failure(api_error(error, self.mount.current.trouble), wants, served.home)
        raise AssertionError("the last attempt answers or raises")

    def _answers(self, served: Served, wants: Asked, layer: str) -> Answers:
        served.release(layer)
        # A preview shows what is not published, and its role may write nothing.
        if CATALOGUE == HELD or not served.home.settings.faults.takes(layer):
            raise closed(served, layer)
        return Answers(served, wants, layer)

    def _form(self, answers: Answers) -> Response:
        values = single_values(answers.wants.pairs, _PARAMETERS)
        choice("lang", values, LANGUAGES)
        feature = values.get("feature", "")
        if "received" in values:
            number = count("received", values, 1, 1)
            if number > MAX_NUMBER:
                raise BadParameter("received", _("There is no report of that number."))
            return answers.thanks(number, feature)
        number = answers.release.number
        about = (
            find(answers.served, self.mount.current.reader, answers.wants, answers.layer, feature, number)
            if feature
            else None
        )
        with answers.keeping():
            key = self.keeper.keys()[0]
        return answers.form(new_token(key, answers.layer), {"feature": feature, "release": str(number)}, about)

    def _receive(self, answers: Answers, request: Request, kind: str, sent: dict[str, str]) -> Response:
        choice("lang", single_values(answers.wants.pairs, ("lang",)), LANGUAGES)
        sender = address(request, answers.served.home.settings.faults.proxies)
        return receive(answers, self.mount.current.reader, self.keeper, sender, sent, is_form=kind == body.FORM)
