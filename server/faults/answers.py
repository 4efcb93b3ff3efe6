"""The answers: a form, the same form with what is wrong beside its fields, thanks; and JSON for programs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from starlette.responses import Response

from catalogue.faults.keeping import Kept, NotKept
from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.release import Release
from server.current import Served
from server.documents import Document
from server.errors import ApiError, not_found
from server.faults.document import TITLE, Named, contact_of, content, here, thanks
from server.links import Json, link_header, part
from server.negotiation import Asked
from server.writing import VARY, written

LOGGER = logging.getLogger(__name__)
_FIELDS = ("feature", "release", "kind", "field", "text", "email")


def closed(served: Served, layer: str) -> ApiError:
    """No reports are taken about this layer."""
    return not_found(_with_contact(served, layer, _("Reports of faults are not taken here.")))


def _with_contact(served: Served, layer: str, message: Message) -> Message:
    contact = contact_of(served, layer)
    return (
        _("{message} You can write to {email} instead.", message=message, email=contact.email) if contact else message
    )


@dataclass(frozen=True)
class Answers:
    """The ways to answer one request about one layer."""

    served: Served
    wants: Asked
    layer: str

    @property
    def release(self) -> Release:
        """The layer's current release."""
        return self.served.release(self.layer)

    def form(
        self,
        token: str,
        values: Mapping[str, str],
        about: Named | None,
        errors: Mapping[str, Message] | None = None,
        refused: ApiError | None = None,
    ) -> Response:
        """The form with these values; `errors` stand beside its fields, `refused` above it."""
        shown = {
            "token": token,
            "action": here(self.wants, self.layer),
            "values": dict.fromkeys(_FIELDS, "") | dict(values) | self._mended(errors or {}),
            "errors": {name: message.render(self.wants.language) for name, message in (errors or {}).items()},
            "refused": str(refused) if refused else None,
        }
        # The addresses on the page lead to the form of the same object.
        kept = [("feature", values["feature"])] if values.get("feature") else []
        pairs = (*kept, *(pair for pair in self.wants.pairs if pair[0] not in ("feature", "received")))
        status = refused.status if refused else HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK
        return self._written(self.wants._replace(pairs=pairs), about, None, shown, status, refused)

    def _mended(self, errors: Mapping[str, Message]) -> dict[str, str]:
        """What a person does not see, and so cannot put right."""
        return {"release": str(self.release.number)} if "release" in errors else {}

    def thanks(self, number: int, feature: str) -> Response:
        """The page after a report was kept."""
        back = f"{self.wants.base_url}/collections/{part(self.layer)}"
        shown = {
            "back": f"{back}/items/{part(feature)}" if feature else back,
            "again": feature,
        }
        return self._written(self.wants, None, number, shown, HTTPStatus.OK, None)

    def kept(self, number: int, feature: str) -> Response:
        """A report was kept: on to the page that says so, or its number for a program."""
        address = thanks(self.wants, self.layer, number, feature)
        if self.wants.format == "html":
            return Response(status_code=HTTPStatus.SEE_OTHER, headers=self._headers() | {"Location": address})
        return self._json({"received": number, "links": [{"rel": "about", "href": address}]}, HTTPStatus.CREATED)

    def wrong(self, errors: Mapping[str, Message]) -> Response:
        """What is wrong, for a program."""
        language = self.wants.language
        said = {name: message.render(language) for name, message in errors.items()}
        told = "; ".join(f"{name}: {message}" for name, message in said.items())
        found = {"code": "InvalidParameterValue", "description": told, "errors": said}
        return self._json(found, HTTPStatus.BAD_REQUEST)

    def too_many(self, kept: Kept) -> ApiError:
        """A limit was met."""
        minutes = -(-kept.wait // 60)
        message = (
            _("So many reports have come from your address that no more are taken for {minutes} minutes.",
              minutes=minutes)
            if kept.refused == "sender"
            else _("So many reports have come that no more are taken for {minutes} minutes.", minutes=minutes)
        )  # fmt: skip
        message = _with_contact(self.served, self.layer, message)
        return ApiError(HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", message, {"Retry-After": str(kept.wait)})

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Around what writes: where nothing can be written now, the answer says so (503) and whom to turn to."""
        try:
            yield
        except NotKept as error:
            LOGGER.warning("Reports of faults cannot be taken: %s", error)
            message = _with_contact(self.served, self.layer, _("Reports of faults cannot be taken at the moment."))
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "ServerBusy", message, {"Retry-After": "60"}) from error

    def _written(
        self, wants: Asked, about: Named | None, number: int | None, shown: Json, status: int, refused: ApiError | None
    ) -> Response:
        found = content(self.served, wants, self.layer, about, number)
        described = self.served.described(self.layer)
        collection = f"{wants.base_url}/collections/{part(self.layer)}"
        title = dict(described.title)
        crumbs = [
            {"title": in_language(title, wants.language), "href": collection},
            *([{"title": about.title, "href": about.href}] if about else []),
            {"title": TITLE.render(wants.language), "href": wants.path},
        ]
        # Pages show it; documents do not need it.
        shown |= {"collection": self.layer, "title": title, "crumbs": crumbs}
        media_type, body = written(Document(found, "faults.html", "", shown=shown), wants, self.served)
        headers = self._headers() | link_header(found["links"]) | (refused.headers if refused else {})
        return Response(body, status, headers, media_type=media_type)

    def _json(self, found: Json, status: int) -> Response:
        return Response(orjson.dumps(found), status, self._headers(), media_type="application/json")

    def _headers(self) -> dict[str, str]:
        return {
            # A form has a mark of its own, and a filled one is nobody else's business.
            "Cache-Control": "no-store",
            "Vary": VARY,
            "Content-Language": self.wants.language,
            "X-Robots-Tag": "noindex",
        }
