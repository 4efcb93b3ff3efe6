"""What the page of an error says besides its sentence: what it means, and where to go from there."""

from __future__ import annotations

from http import HTTPStatus

from catalogue.feature_schema import in_language
from catalogue.files.home import Home
from catalogue.language import Message, _
from catalogue.problems import did_you_mean
from server.errors import ApiError
from server.links import Json, part, query
from server.negotiation import Asked

_HEADINGS = {
    HTTPStatus.BAD_REQUEST: _("This cannot be asked"),
    HTTPStatus.NOT_FOUND: _("There is nothing here"),
    HTTPStatus.METHOD_NOT_ALLOWED: _("This cannot be done"),
    HTTPStatus.NOT_ACCEPTABLE: _("There is no such form"),
    HTTPStatus.GONE: _("This is no longer kept"),
    HTTPStatus.INTERNAL_SERVER_ERROR: _("Something went wrong here"),
    HTTPStatus.SERVICE_UNAVAILABLE: _("Not just now"),
}
_OTHERWISE = _("This did not work")
#: Parameters that lead back in time.
_BACK = frozenset(("release", "cursor", "since"))


def trouble(error: ApiError, wants: Asked, home: Home | None) -> Json:
    """What exception.html shows: `status`, `heading`, `parameter`, `retry` (seconds) and `ways` (title and href)."""
    return {
        "status": int(error.status),
        "heading": _HEADINGS.get(error.status, _OTHERWISE).render(wants.language),
        "parameter": error.parameter,
        "retry": error.headers.get("Retry-After"),
        "ways": [{"title": title, "href": href} for title, href in _ways(error, wants, home)],
    }


def _ways(error: ApiError, wants: Asked, home: Home | None) -> list[tuple[str, str]]:
    """Where to go from here."""
    own, language = wants.base_url + "/".join(part(name) for name in wants.path.split("/")), wants.language
    found: list[tuple[Message | str, str]] = []
    names = wants.path.strip("/").split("/")
    layers: dict[str, str] = {}
    if home:
        described = {id_: layer.title for id_, layer in (home.layers | home.unpublished).items()}
        layers = {id_: in_language(title, language) for id_, title in described.items()}
    if error.parameter is not None:
        kept = tuple(pair for pair in wants.pairs if pair[0] != error.parameter)
        found.append((_("The same without “{name}”", name=error.parameter[:80]), own + query(kept)))
    if error.status == HTTPStatus.GONE:
        kept = tuple(pair for pair in wants.pairs if pair[0] not in _BACK)
        found.append((_("The current release"), own + query(kept)))
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        found.append((_("Try again"), own + query(wants.pairs)))
    if home and names[0] in ("collections", "unpublished") and len(names) > 1:
        found += _layer(names[1], home, wants.base_url, layers)
    return [(each.render(language) if isinstance(each, Message) else each, href) for each, href in found]


def _layer(name: str, home: Home, base: str, layers: dict[str, str]) -> list[tuple[Message | str, str]]:
    """The layer that the address names, or those that are called much the same."""
    if name in home.unpublished:
        return [(layers[name], f"{base}/unpublished/{part(name)}")]
    if name in home.layers:
        return [(layers[name], f"{base}/collections/{part(name)}")]
    # Somebody may write what a layer is called, too.
    by_name = {title.casefold(): id_ for id_, title in layers.items()} | {id_: id_ for id_ in layers}
    close = did_you_mean(name.casefold(), by_name)
    if close is None:
        return []
    id_ = by_name[close.values["name"]]
    folder = "unpublished" if id_ in home.unpublished else "collections"
    return [(_("Did you mean “{name}”?", name=layers[id_]), f"{base}/{folder}/{part(id_)}")]
