"""The routes of descriptions: documents in each form, and other addresses that lead to them.

A document is labelled by its content: its `ETag` stays while other layers change. Nothing but what it says decides
about it, so that harvesters see exactly what has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import plugins.dcat
from catalogue.language import LANGUAGES, set_language
from catalogue.query.parameters import choice, single_values
from plugins.dcat.documents import FORMATS, PROFILES, Documents, Format, Profile
from server.current import Served
from server.dcat import addressed, pages
from server.dcat.addressed import Found, Subject
from server.express.cache import Headers
from server.express.coding import wanted_coding
from server.express.labelled import Modified
from server.formats import DESCRIPTION, PAGE, RDF
from server.links import query
from server.mount import Mount
from server.negotiation import Asked, asked, asked_anyway
from server.remembered import Remembered
from server.writing import CONTROL, VARY, tag

Find = Callable[..., Found]
#: What the writer calls the forms.
_FORMATS: dict[str, Format] = {"rdf": "xml", "ttl": "ttl", "jsonld": "jsonld"}
#: Labels take 200 bytes each.
_LABELS = 10_000
#: Headers of descriptions, which are in all languages at once; those whose address says the form are in that alone.
_FIXED = {"Vary": "Accept-Encoding", "Cache-Control": CONTROL}
_NEGOTIATED = _FIXED | {"Vary": VARY}
#: Documents, and what is told of in one of them.
_ROUTES: dict[str, Find] = {
    "/dcat": addressed.whole,
    "/datasets/dcat": addressed.whole,
    "/dcat/catalogs/{name}": addressed.catalogue,
    "/dcat/datasets/{name}": addressed.dataset,
    "/dcat/datasets/{name}/distributions/{form}": addressed.distribution,
    "/dcat/datasets/{name}/quality/{metric}": addressed.measurement,
    "/dcat/services/{name}": addressed.publishers_thing,
    "/dcat/contacts/{name}": addressed.publishers_thing,
    "/dcat/agents/{name}": addressed.publishers_thing,
    "/dcat/models/{name}/{version}": addressed.model,
    "/dcat/metrics/{name}": addressed.metric,
}


class Descriptions:
    """Answers to requests for descriptions, in one process."""

    def __init__(self, mount: Mount) -> None:
        """Nothing is written yet. Answers are kept where the mount keeps its own."""
        self.mount = mount
        self.written = Documents()
        self._labels: Remembered[tuple[str, ...], str] = Remembered(_LABELS)
        self._times: Remembered[tuple[str, ...], str] = Remembered(_LABELS)
        # Writing takes the processor: whoever wants the same waits for it instead of doing it too.
        self._writing = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        return [
            Route("/dcat/quality", self._quality, methods=["GET"]),
            *(Route(f"/dcat.{form}", self._endpoint(addressed.whole, form), methods=["GET"]) for form in RDF),
            *(Route(path, self._endpoint(find), methods=["GET"]) for path, find in _ROUTES.items()),
        ]

    def _endpoint(self, find: Find, form: str | None = None) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._answer(request, find, form)
            except Exception as error:
                return await run_in_threadpool(self.mount.failed, request, error)

        return endpoint

    async def _quality(self, request: Request) -> Response:
        try:
            return await self.mount.kept.answer(request, pages.quality, PAGE)
        except Exception as error:
            return await run_in_threadpool(self.mount.failed, request, error)

    async def _answer(self, request: Request, find: Find, form: str | None) -> Response:
        served = self.mount.current.served
        base_url = served.home.settings.base_url
        # Where an address says in which form it answers, nothing else does.
        wants = asked_anyway(request.scope, base_url)
        set_language(wants.language)
        facts = await run_in_threadpool(served.facts, wants.base_url)
        found = find(facts, **request.path_params)
        form = form or found.form
        if not form:
            wants = asked(request.scope, base_url, DESCRIPTION)
        profile = _profile(wants, *(("lang",) if form else ("f", "lang")))
        if found.elsewhere:
            return _elsewhere(wants, found)
        if form:
            return await self._description(served, wants, found.subject, (_FORMATS[form], profile), _FIXED)
        if wants.format == "html":
            return await self.mount.kept.answer(
                request, lambda documents: pages.page(documents, found.subject), DESCRIPTION
            )
        chosen = _FORMATS[wants.format], profile
        return await self._description(served, wants, found.subject, chosen, _NEGOTIATED)

    async def _description(
        self, served: Served, wants: Asked, subject: Subject, chosen: tuple[Format, Profile], same: Mapping[str, str]
    ) -> Response:
        made: list[tuple[Headers, bytes]] = []

        def make() -> tuple[Headers, bytes]:
            return _headers(chosen[0]), self._write(subject, *chosen)

        document = (wants.base_url, subject.path, *chosen)
        label = self._labels.get((*document, served.label))
        if label is None:
            async with self._writing:
                label = self._labels.get((*document, served.label))
                if label is None:
                    made.append(await run_in_threadpool(make))
                    label = self._labels[(*document, served.label)] = (
                        f'"{blake2b(made[0][1], digest_size=12).hexdigest()}"'
                    )
        time = self._time(document, _modified(served, subject), label)
        if time and wants.if_none_match is None and wants.if_modified_since == time:
            wants = wants._replace(if_none_match=tag(label, wanted_coding(wants.accept_encoding)))
        response = await self.mount.kept.send(wants, label, lambda: made.pop() if made else make(), same)
        if time:
            response.headers["Last-Modified"] = time
        return response

    def _time(self, document: tuple[str, ...], modified: Modified, label: str) -> str | None:
        """When the document was last changed; None where that does not tell it from the one before.

        It goes back where a release is withdrawn, so that only the same time is the same answer, and it stays where
        something is erased.
        """
        time = modified.text.decode()
        first = self._times.get((*document, time))
        if first is None:
            first = self._times[(*document, time)] = label
        return time if modified.settled and first == label else None

    def _write(self, subject: Subject, format: Format, profile: Profile) -> bytes:
        if subject.dataset is None:
            return self.written.catalogue(subject.catalogue, format, profile)
        return self.written.dataset(subject.catalogue, subject.dataset, format, profile)


def _profile(wants: Asked, *known: str) -> Profile:
    """The profile that is asked for. Raises BadParameter for a parameter that is not `known`, or wrong."""
    values = single_values(wants.pairs, (*known, "profile"))
    choice("lang", values, LANGUAGES)
    asked_for = choice("profile", values, PROFILES)
    return next((each for each in PROFILES if each == asked_for), PROFILES[0])


def _headers(format: Format) -> Headers:
    media_type = FORMATS[format]
    content_type = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
    return [(b"content-type", content_type.encode())]


def _elsewhere(wants: Asked, found: Found) -> Response:
    """303: what was asked for is told of there (W3C, Cool URIs for the Semantic Web, 4.2)."""
    ending = f".{found.form}" if found.form else ""
    address = f"{wants.base_url}{found.subject.path}{ending}{query(wants.pairs)}"
    return Response(status_code=303, headers={**_NEGOTIATED, "Location": address})


def _modified(served: Served, subject: Subject) -> Modified:
    """When what a description says was last changed: by a release, by a file that was made of one, or in the files."""
    datasets = [subject.dataset] if subject.dataset else subject.catalogue.everything
    times = [_installed(), served.configured or _installed()]
    for dataset in datasets:
        if dataset.measured:
            times.append(dataset.measured.published)
            times += [download.made_at for download in dataset.downloads]
    return Modified.at(max(times))


@cache
def _installed() -> datetime:
    """When the program that writes descriptions was put here: another may write other bytes of the same facts."""
    files = Path(plugins.dcat.__file__).parent.rglob("*.py")
    return datetime.fromtimestamp(max(file.stat().st_ctime for file in files), UTC)
