"""A publisher's look as browsers load it: colours as a small stylesheet, the logo, and the icon of a tab.

Addresses hold a digest of the look, so that they may be kept for ever; drawings are served so that nothing in them
could run, even where one is opened by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.files.home import Home
from catalogue.files.logo import Logo
from catalogue.label import digest, matches
from catalogue.look import DARK, LIGHT
from catalogue.publisher import Publisher
from server.current import Current

_STYLE = ":root{{--accent:light-dark({light},{dark})}}\n"
#: A map, folded twice.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="{colour}"/>'
    '<path d="M6 9.5 12.5 7l7 3L26 7.5v15L19.5 25l-7-3L6 24.5zM12.5 7v15M19.5 10v15" fill="none" stroke="#fff" '
    'stroke-width="2.2" stroke-linejoin="round"/></svg>\n'
)
_SVG = "image/svg+xml"
#: Where a page is nobody's.
_NOBODY = "_"
_FOR_EVER = "public, max-age=31536000, immutable"
_SANDBOX = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@dataclass(frozen=True)
class Look:
    """The look of one publisher's pages, or of pages that are nobody's."""

    publisher: Publisher | None
    logo: Logo | None

    @classmethod
    def of(cls, home: Home | None, publisher: Publisher | None) -> Look:
        """How that publisher's pages look."""
        return cls(publisher, home.logos.get(publisher.id) if home and publisher else None)

    @property
    def light(self) -> str:
        """The colour on light pages."""
        return self.publisher.look.light if self.publisher else LIGHT

    @property
    def dark(self) -> str:
        """The colour on dark pages."""
        return self.publisher.look.dark if self.publisher else DARK

    @cached_property
    def version(self) -> str:
        """What stands for all of it."""
        return digest(self.light, self.dark, _STYLE, _ICON, self.logo.digest if self.logo else "")[:12]

    @property
    def path(self) -> str:
        """Below which its files are served."""
        return f"/look/{self.publisher.id if self.publisher else _NOBODY}/{self.version}"

    def file(self, name: str) -> tuple[str, bytes] | None:
        """Media type and bytes of one of its files; None where there is none of that name."""
        if name == "style.css":
            return "text/css; charset=utf-8", _STYLE.format(light=self.light, dark=self.dark).encode()
        if name == "icon.svg":
            return _SVG, _ICON.format(colour=self.light).encode()
        return (self.logo.media_type, self.logo.content) if name == "logo" and self.logo else None


class Looks:
    """The route of all looks."""

    def __init__(self, current: Current) -> None:
        """`current` knows the publishers."""
        self.current = current

    def routes(self) -> list[Route]:
        """Everything that is answered."""
        return [Route("/look/{publisher}/{version}/{file}", self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        picture = self.current.picture
        names = request.path_params
        publisher = picture.home.publishers.get(names["publisher"]) if picture else None
        look = Look.of(picture.home if picture else None, publisher)
        found = look.file(names["file"]) if publisher or names["publisher"] == _NOBODY else None
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        media_type, body = found
        # A page that was made just before a change asks for the look of then, and gets that of now, this once.
        control = _FOR_EVER if names["version"] == look.version else "no-cache"
        tag = f'"{look.version}-{names["file"]}"'
        headers = {"Cache-Control": control, "ETag": tag} | (_SANDBOX if media_type == _SVG else {})
        if matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, headers=headers | {"Content-Type": media_type})
