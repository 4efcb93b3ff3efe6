"""What a client wants: format and language, from `f` and `lang`, else from headers (RFC 9110, 12.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from catalogue.language import LANGUAGES
from catalogue.query.request import FORMATS

Pairs = list[tuple[str, str]]
_JSON_TYPES = (
    "application/json",
    "application/geo+json",
    "application/schema+json",
    "application/vnd.oai.openapi+json",
)


@dataclass(frozen=True)
class Asked:
    """One HTTP request, as far as answers depend on it; `base_url` has no slash at its end."""

    base_url: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    format: str
    language: str
    if_none_match: str | None


def asked(request: Request, base_url: str | None) -> Asked:
    """What a request asks for; `base_url` where the deployment states its public address."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    given = dict(pairs)
    return Asked(
        base_url=(base_url or str(request.base_url)).rstrip("/"),
        path=request.scope["path"],
        pairs=tuple(pairs),
        format=given["f"] if given.get("f") in FORMATS else _format(request.headers.get("accept", "")),
        language=given["lang"]
        if given.get("lang") in LANGUAGES
        else _language(request.headers.get("accept-language", "")),
        if_none_match=request.headers.get("if-none-match"),
    )


def _format(header: str) -> str:
    """`json` unless HTML is wanted more."""
    weights = _weights(header)
    html = _weight(weights, ("text/html", "application/xhtml+xml", "text/*"))
    json = max(_weight(weights, (*_JSON_TYPES, "application/*")), weights.get("*/*", 0.0))
    return "html" if html > json else "json"


def _language(header: str) -> str:
    """The first of our languages that is wanted most."""
    weights: dict[str, float] = {}
    for tag, weight in _weights(header).items():
        weights[tag.split("-")[0]] = max(weight, weights.get(tag.split("-")[0], 0.0))
    return max(LANGUAGES, key=lambda language: weights.get(language, weights.get("*", 0.0)))


def _weight(weights: dict[str, float], names: Sequence[str]) -> float:
    return max((weights.get(name, 0.0) for name in names), default=0.0)


def _weights(header: str) -> dict[str, float]:
    return dict(_weighted(part) for part in header.split(",") if part.strip())


def _weighted(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    return name, _quality(parameters)


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
