"""What is sent: read up to a limit and for a limited time, and taken apart into named values."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request

from catalogue.language import Message, _
from server.errors import ApiError

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
#: The longest text fits whatever its letters are: four bytes each, three characters of the form for each byte.
MAX_BYTES = 32_768
#: From the first byte to the last.
SECONDS = 10.0
_NAMES = ("feature", "release", "kind", "field", "text", "email")
#: What a page's form has besides: its mark, and a field that people do not see.
OF_FORMS = ("token", "website")


def media_type(request: Request) -> str:
    """`FORM` or `JSON`. Raises ApiError (415) for anything else."""
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in (FORM, JSON) or request.headers.get("content-encoding", "identity").lower() != "identity":
        message = _("A report is sent as {form} or {json}, not compressed.", form=FORM, json=JSON)
        raise ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message, {"Accept-Post": _ACCEPTED})
    return found


_ACCEPTED = f"{FORM}, {JSON}"


async def read(request: Request) -> bytes:
    """The body. Raises ApiError (413, 408), after which the connection is closed."""
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > MAX_BYTES:
        raise _too_long()
    found = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                found += piece
                if len(found) > MAX_BYTES:
                    raise _too_long()
    except TimeoutError as error:
        message = _("The report did not arrive within {seconds} seconds.", seconds=int(SECONDS))
        raise ApiError(HTTPStatus.REQUEST_TIMEOUT, "RequestTimeout", message, {"Connection": "close"}) from error
    except ClientDisconnect as error:
        # Nobody is there to read the answer.
        raise _wrong(_("What was sent ends too soon.")) from error
    return bytes(found)


def values(body: bytes, kind: str) -> dict[str, str]:
    """The named values of a body of that media type, all as text. Raises ApiError (400)."""
    return _of_form(body) if kind == FORM else _of_json(body)


def _of_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise _wrong(_("What was sent is no form.")) from error
    return _named(pairs, (*_NAMES, *OF_FORMS))


def _of_json(body: bytes) -> dict[str, str]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _wrong(_("What was sent is no JSON.")) from error
    if not isinstance(found, dict):
        raise _wrong(_("What was sent is no JSON object."))
    pairs: list[tuple[str, str]] = []
    for name, value in found.items():
        if name == "release" and type(value) is int:
            value = str(value)
        if not isinstance(value, str):
            raise _wrong(_("“{name}” is not of the type that it should be.", name=name[:80]))
        pairs.append((name, value))
    return _named(pairs, _NAMES)


def _named(pairs: list[tuple[str, str]], known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            choices = ", ".join(_NAMES)
            raise _wrong(_("A report has no “{name}”; it has: {choices}.", name=name[:80], choices=choices))
        if name in found:
            raise _wrong(_("“{name}” is given more than once.", name=name))
        found[name] = value
    return found


def _wrong(message: Message) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, "InvalidParameterValue", message)


def _too_long() -> ApiError:
    message = _("A report is at most {limit} bytes long.", limit=MAX_BYTES)
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestTooLong", message, {"Connection": "close"})
