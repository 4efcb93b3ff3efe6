"""The resource itself: what a report says and how one is sent, as JSON for programs and as a form for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from catalogue.faults.report import KINDS, MAX_EMAIL, MAX_TEXT, OF_OBJECTS
from catalogue.feature_schema import in_language
from catalogue.language import Message, _
from catalogue.publisher import Contact
from catalogue.query.reader import Reader, ReleaseGone
from catalogue.query.request import parse_item
from catalogue.query.table import Reading
from catalogue.release import Release
from server.current import Served
from server.errors import ApiError, no_feature
from server.faults.body import JSON, MAX_BYTES
from server.faults.checked import EMAIL
from server.formats import PAGE
from server.links import Json, other, part, query, same
from server.negotiation import Asked
from server.pages.titles import feature_title
from server.pages.wording import Wording

TITLE = _("Report a fault")
_COLLECTION = _("The collection")
_OBJECT = _("The object")
#: What whoever sends a report must know before.
PRIVACY = (
    _(
        "Write nothing about people: no names, no personal identity numbers. What you send becomes a public document "
        "with the publisher, which others may ask to read."
    ),
    _(
        "Kept are your text, the e-mail address if you give one, and for two days at most a code made of your network "
        "address, which is never kept itself. The e-mail address is deleted when the report is dealt with, the report "
        "{days} days later."
    ),
)


class Named(NamedTuple):
    """An object that a report is about, as pages call it."""

    id: str
    title: str
    href: str


def contact_of(served: Served, layer: str) -> Contact | None:
    """Whom to turn to about a layer; None where the publisher's file is broken."""
    publisher = served.home.publishers.get(served.described(layer).publisher)
    return publisher.contact if publisher else None


def find(served: Served, reader: Reader, asked: Asked, layer: str, identifier: str, shown: int) -> Named:
    """The object, in the current release or else in that which was shown. Raises ApiError (404, 410)."""
    current = served.release(layer)
    found, release = _read(reader, Reading(current), identifier), current
    if found is None and shown != current.number:
        try:
            reading = served.reading_for(layer, (("release", str(shown)),), reader)
        except ReleaseGone as error:
            message = _("The object “{id}” is not in the layer any more.", id=identifier[:200])
            raise ApiError(HTTPStatus.GONE, "Gone", message) from error
        found, release = _read(reader, reading, identifier), reading.release
    if found is None:
        raise no_feature(identifier)
    described = served.described(layer)
    wording = Wording(asked.language, described.time_zone)
    title = feature_title(found, release.definition, described, wording)
    return Named(identifier, title, f"{asked.base_url}/collections/{part(layer)}/items/{part(identifier)}")


def _read(reader: Reader, reading: Reading, identifier: str) -> Json | None:
    features = reader.item(reading, identifier, parse_item((), reading.release)).features
    return features[0] if features else None


def address(asked: Asked, layer: str) -> str:
    """Where reports about a layer are sent."""
    return f"{asked.base_url}/collections/{part(layer)}/faults"


def content(served: Served, asked: Asked, layer: str, about: Named | None, received: int | None = None) -> Json:
    """The resource; `received` is the number of a report that has just been kept."""
    language, release, described = asked.language, served.release(layer), served.described(layer)
    faults, contact = served.home.settings.faults, contact_of(served, layer)
    kinds = {name: title for name, title in KINDS.items() if about or name not in OF_OBJECTS}
    base = f"{asked.base_url}/collections/{part(layer)}"
    links = [
        *same(asked, address(asked, layer), PAGE),
        *other("collection", base, PAGE, _COLLECTION, language),
        *(other("about", about.href, PAGE, _OBJECT, language) if about else ()),
    ]
    said: Json = {
        "title": TITLE.render(language),
        "collection": layer,
        "release": release.number,
        "kinds": [{"value": name, "title": title.render(language)} for name, title in kinds.items()],
        "fields": [
            {"value": each.name, "title": in_language(each.title, language)} for each in release.definition.fields
        ],
        "limits": {
            "perSenderHour": faults.per_sender_hour,
            "perSenderDay": faults.per_sender_day,
            "perCollectionHour": faults.per_layer_hour,
            "perHour": faults.per_hour,
            "bytes": MAX_BYTES,
        },
        "send": {"method": "POST", "href": address(asked, layer), "type": JSON, "schema": schema(release, about)},
        "privacy": [_with_days(sentence, faults.keep_days).render(language) for sentence in PRIVACY],
        "publisher": described.publisher,
        "links": links,
    }
    if contact:
        said["contact"] = {"name": contact.name, "email": contact.email}
    if about:
        said["feature"] = about._asdict()
    if received is not None:
        said["received"] = received
    return said


def schema(release: Release | None, about: Named | None = None) -> Json:
    """What is sent (JSON Schema, and OpenAPI's part of it); `release` None: of any layer."""
    text: Json = {"type": "string"}
    fields = text | ({"enum": [each.name for each in release.definition.fields]} if release else {})
    properties: Json = {
        "feature": text | ({"enum": [about.id]} if about else {"minLength": 1, "maxLength": 1000}),
        "release": {"type": "integer", "minimum": 1, "maximum": release.number if release else 2**31 - 1},
        "kind": text | {"enum": list(KINDS)},
        "field": fields,
        "text": text | {"minLength": 1, "maxLength": MAX_TEXT},
        "email": text | {"maxLength": MAX_EMAIL, "pattern": EMAIL},
    }
    if release and not release.definition.fields:
        del properties["field"]
    return {"type": "object", "required": ["kind", "text"], "properties": properties, "additionalProperties": False}


def here(asked: Asked, layer: str, *more: tuple[str, str]) -> str:
    """The address with these parameters, and in the language that was chosen if one was."""
    chosen = [pair for pair in asked.pairs if pair[0] == "lang"]
    return address(asked, layer) + query((*more, *chosen))


def thanks(asked: Asked, layer: str, number: int, feature: str) -> str:
    """The address of the page that says thank you."""
    return here(asked, layer, ("received", str(number)), *([("feature", feature)] if feature else []))


def _with_days(sentence: Message, days: int) -> Message:
    return Message(sentence.template, {"days": days}) if "{days}" in sentence.template else sentence
