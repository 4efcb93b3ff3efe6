"""What a client wants: format and language, from `f` and `lang`, else from headers (RFC 9110, 12.5).

Every request passes here, so it works on the ASGI scope itself; what headers mean is remembered, since few differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from catalogue.language import LANGUAGES, _
from catalogue.query.parameters import BadParameter
from server.errors import ApiError
from server.formats import PAGE, Formats

Pairs = tuple[tuple[str, str], ...]
#: No client writes a longer Accept or Accept-Language; what follows is not read.
_LONGEST = 4000
_HOST = re.compile(rb"[A-Za-z0-9._\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_READ = frozenset((b"host", b"accept", b"accept-language", b"accept-encoding", b"if-none-match", b"if-modified-since"))


class Asked(NamedTuple):
    """One HTTP request, as far as answers depend on it; `base_url` has no slash at its end."""

    base_url: str
    path: str
    pairs: Pairs
    format: str
    language: str
    if_none_match: str | None = None
    if_modified_since: str | None = None
    accept_encoding: str = ""


def asked(scope: Mapping[str, Any], base_url: str | None, formats: Formats = PAGE) -> Asked:
    """What a request asks for, of a resource that there is in `formats`.

    `base_url`: the public address, where the deployment states it. Raises BadParameter for an `f` that does not exist
    here, and ApiError (406) where there is no form that the client accepts.
    """
    wants, format_ = _read(scope, base_url, formats)
    if format_ is not None:
        if format_ == "html":
            # A form sends what a person left empty, too.
            return wants._replace(format=format_, pairs=tuple(pair for pair in wants.pairs if pair[1]))
        return wants._replace(format=format_) if format_ != wants.format else wants
    named = dict(wants.pairs).get("f")
    choices = ", ".join(formats.names)
    if named is not None:
        raise BadParameter("f", _("“{name}” is one of: {choices}.", name="f", choices=choices))
    types = ", ".join(formats.media_type(name) for name in formats.names)
    message = _("There is no form of this that the Accept header allows; there are: {types}.", types=types)
    raise ApiError(HTTPStatus.NOT_ACCEPTABLE, "NotAcceptable", message)


def asked_anyway(scope: Mapping[str, Any], base_url: str | None) -> Asked:
    """What a request asks for, whatever is wrong with it: for errors, which are told as JSON or HTML."""
    return _read(scope, base_url, PAGE)[0]


def _read(scope: Mapping[str, Any], base_url: str | None, formats: Formats) -> tuple[Asked, str | None]:
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            headers[name] = headers[name] + b", " + value if name in headers else value
    query: bytes = scope["query_string"]
    pairs = _pairs(query.decode("latin-1")) if query else ()
    form = language = None
    for name, value in pairs:
        if name == "f":
            form = value
        elif name == "lang":
            language = value
    accept = headers.get(b"accept", b"")[:_LONGEST]
    found = _format(accept, formats) if form is None else form if form in formats.names else None
    none_match, modified = headers.get(b"if-none-match"), headers.get(b"if-modified-since")
    chosen = found or (form if form in PAGE.names else None) or _format(accept, PAGE) or PAGE.names[0]
    wants = Asked(
        base_url=base_url.rstrip("/") if base_url else _address_of(scope, headers.get(b"host", b"")),
        path=scope["path"],
        pairs=pairs,
        format=chosen,
        language=language if language in LANGUAGES else _language(headers.get(b"accept-language", b"")[:_LONGEST]),
        if_none_match=none_match.decode("latin-1") if none_match is not None else None,
        if_modified_since=modified.decode("latin-1") if modified is not None else None,
        accept_encoding=headers[b"accept-encoding"].decode("latin-1") if b"accept-encoding" in headers else "",
    )
    return wants, found


def _pairs(query: str) -> Pairs:
    if "%" in query or "+" in query:
        return tuple(parse_qsl(query, keep_blank_values=True))
    # Nothing is encoded: what is left of reading it is a split.
    return tuple((name, value) for name, _equals, value in (each.partition("=") for each in query.split("&") if each))


def _address_of(scope: Mapping[str, Any], host: bytes) -> str:
    server = tuple(scope.get("server") or ("localhost", None))
    return _address(scope.get("scheme", "http"), host, server, scope.get("root_path", ""))


@lru_cache(1024)
def _address(scheme: str, host: bytes, server: tuple[Any, ...], root: str) -> str:
    """The server's address as the client sees it; a Host that is none must not come back in links."""
    if not _HOST.fullmatch(host):
        name, port = server
        host = f"{name}:{port}".encode() if port else name.encode()
    return f"{scheme}://{host.decode('latin-1')}{root}".rstrip("/")


@lru_cache(1024)
def _format(header: bytes, formats: Formats) -> str | None:
    """The form that is wanted most, of those wanted alike the first; None where none is acceptable."""
    ranges = {name: quality for name, quality in _weights(header) if "/" in name}
    if not ranges:
        return formats.names[0]
    best, most = None, 0.0
    for name, (media_type, *others) in formats.accepted.items():
        # Ranges speak of what would be sent; its other names count where they are named.
        quality = max(_quality_of(media_type, ranges), *(ranges.get(other, 0.0) for other in others), 0.0)
        if quality > most:
            best, most = name, quality
    return best


def _quality_of(media_type: str, ranges: Mapping[str, float]) -> float:
    """The most specific range counts."""
    for range_ in (media_type, media_type.split("/")[0] + "/*", "*/*"):
        if range_ in ranges:
            return ranges[range_]
    return 0.0


@lru_cache(1024)
def _language(header: bytes) -> str:
    """The language that is wanted most, of those wanted alike the first; one of ours in any case."""
    weights: dict[str, float] = {}
    for tag, quality in _weights(header):
        primary = tag.split("-")[0]
        weights[primary] = max(quality, weights.get(primary, 0.0))
    order = {tag: number for number, tag in enumerate(weights)}
    return max(LANGUAGES, key=lambda each: (weights.get(each, weights.get("*", 0.0)), -order.get(each, len(order))))


def _weights(header: bytes) -> Iterator[tuple[str, float]]:
    """The parts of a header and their quality values; one that cannot be read is wanted least."""
    for part in header.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        given = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        if name:
            yield name, float(given) if _QUALITY.fullmatch(given) else 0.001
