"""Scripts and styles of the pages, as `scripts/build-web` made them: files with their content's hash in their names.

They are read once, when the server starts: a process never mixes two makes, whatever becomes of the folder. Names are
looked up among what was read, so no address leads to any other file.
"""

from __future__ import annotations

import mimetypes
import zlib
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogue.label import digest, etag, matches
from catalogue.language import _
from catalogue.problems import WrongUse
from server.express.coding import wanted_coding

FOLDER = Path(__file__).parent / "static"
_MANIFEST = "manifest.json"
#: Content codings and the files that are in them already, the smallest first.
_CODED = {"br": ".br", "gzip": ".gz"}
#: A name stands for one content for ever (RFC 8246).
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_WHILE = "public, max-age=3600"


@dataclass(frozen=True)
class _File:
    media_type: str
    control: str
    #: Entity tag and bytes by content coding; as it is under the empty name.
    bodies: dict[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Assets:
    """Everything in one folder: files by the names of their sources, and by file what it imports at once.

    `label` stands for all of it.
    """

    names: dict[str, str]
    imports: dict[str, list[str]]
    files: dict[str, _File]
    label: str

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Assets:
        """What was made. Raises WrongUse where nothing was, or where something is missing of it."""
        try:
            manifest = orjson.loads((folder / _MANIFEST).read_bytes())
            names, imports = manifest["names"], manifest["imports"]
            files = {path.name: _read(path) for path in sorted(folder.iterdir()) if _is_sent(path)}
            missing = [name for name in names.values() if name not in files]
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            missing = [_MANIFEST]
        if missing:
            message = _(
                "The pages' scripts and styles are not made yet ({missing} is not in server/static): run make setup.",
                missing=missing[0],
            )
            raise WrongUse(message)
        return cls(names, imports, files, digest(*files))

    def routes(self) -> list[Route]:
        """The addresses of all files."""
        return [Route("/static/{name}", self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        file = self.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        coding = wanted_coding(request.headers.get("accept-encoding", ""), tuple(_CODED))
        coding = coding if coding in file.bodies else ""
        tag, body = file.bodies[coding]
        headers = {"Cache-Control": file.control, "Vary": "Accept-Encoding", "ETag": tag}
        if matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        if coding:
            headers["Content-Encoding"] = coding
        return Response(body, headers=headers, media_type=file.media_type)


@cache
def assets() -> Assets:
    """The assets of this process."""
    return Assets.read()


def asset(name: str) -> str:
    """The path below the server's address of what is called `name` in `web/src`, such as `main.js`."""
    return f"/static/{assets().names[name]}"


def modules(*names: str) -> list[str]:
    """The paths of these modules and of all that they import at once, each once."""
    made = assets()
    files = [made.names[name] for name in names]
    return [
        f"/static/{file}" for file in dict.fromkeys([*files, *(each for file in files for each in made.imports[file])])
    ]


def _is_sent(path: Path) -> bool:
    return path.suffix not in _CODED.values() and not path.name.startswith(".") and path.name != _MANIFEST


def _read(path: Path) -> _File:
    bodies = {}
    for coding, ending in {"": "", **_CODED}.items():
        made = path.with_name(path.name + ending)
        if made.exists():
            content = made.read_bytes()
            bodies[coding] = (etag(path.name, coding, zlib.crc32(content)), content)
    media_type = {".js": "text/javascript"}.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    hashed = path.suffix in (".js", ".css")
    return _File(media_type or "application/octet-stream", _FOR_EVER if hashed else _FOR_A_WHILE, bodies)
