"""What the shapes find, in words for those who write the files: what portals miss, and which key mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from catalogue.language import Message, _
from catalogue.vocabularies import HVD_LICENCES


@dataclass(frozen=True)
class Words:
    """What is wrong and the remedy; `key` is that of the layer's or the publisher's file."""

    file: Literal["layer", "publisher"]
    key: str
    message: Message
    remedy: Message


def _layer(key: str, message: Message, remedy: Message) -> Words:
    return Words("layer", key, message, remedy)


def _publisher(key: str, message: Message, remedy: Message) -> Words:
    return Words("publisher", key, message, remedy)


_NO_TITLE = _("Data portals take no catalogue without a title and a description.")
_TITLE_REMEDY = _("Write them under catalogue, or in config/server.yml.")

#: By the messages of `shapes.ttl`; those that are not here no file can cause.
WORDS: Mapping[str, Words] = {
    "catalogue-title": _publisher("catalogue.title", _NO_TITLE, _TITLE_REMEDY),
    "catalogue-description": _publisher("catalogue.description", _NO_TITLE, _TITLE_REMEDY),
    "catalogue-language": _publisher(
        "languages",
        _("None of the languages is known to data portals."),
        _("For example: {example}", example="languages: [sv, en]"),
    ),
    "catalogue-place": _publisher(
        "place",
        _("Portals cannot find the catalogue by the place that it is about."),
        _("Add the place's address in GeoNames: {example}", example='place: "http://sws.geonames.org/2686657/"'),
    ),
    "publisher-name": _publisher(
        "name", _("The publisher has no name."), _("For example: {example}", example="name: {sv: Exempelby kommun}")
    ),
    "publisher-kind": _publisher(
        "kind",
        _("Portals do not know what kind of publisher this is."),
        _("For example: {example}", example="kind: municipality"),
    ),
    "publisher-number": _publisher(
        "organisation_number",
        _("Without the organisation number portals cannot tell that the publisher is the same everywhere."),
        _("For example: {example}", example="organisation_number: 212000-1234"),
    ),
    "publisher-description": _publisher(
        "description",
        _("Portals show nothing about the publisher but its name."),
        _("Add a description by language: {example}", example="description: {sv: …, en: …}"),
    ),
    "contact-name": _publisher(
        "contact.name", _("The contact has no name."), _("Add the function that answers, such as GIS-enheten.")
    ),
    "contact-email": _publisher(
        "contact.email",
        _("The contact has no e-mail address."),
        _("Add a contact e-mail: {example}", example="email: geodata@exempelby.example"),
    ),
    "contact-phone": _publisher(
        "contact.phone",
        _("Portals recommend a telephone number for the contact."),
        _("For example: {example}", example="phone: +46 100 12 34 56"),
    ),
    "contact-address": _publisher(
        "contact.address",
        _("Portals recommend a postal address for the contact."),
        _("For example: {example}", example="address: {street: Torget 1, postal_code: 123 45, city: Exempelby}"),
    ),
    "contact-is-publisher": _publisher(
        "uri",
        _("The publisher has the IRI of its contact; portals would take the two for one."),
        _("Give the publisher another, or remove it here."),
    ),
    "dataset-title": _layer(
        "title", _("The layer has no title."), _("For example: {example}", example="title: {sv: Lekplatser}")
    ),
    "dataset-description": _layer(
        "description",
        _("The layer has no description; data portals refuse it."),
        _("Say in a sentence or two what the layer holds: {example}", example="description: {sv: …, en: …}"),
    ),
    "dataset-title-english": _layer(
        "title",
        _("The title is not in English; readers of other countries' portals will not find the layer."),
        _("Add it: {example}", example="title: {sv: …, en: …}"),
    ),
    "dataset-description-english": _layer(
        "description",
        _("The description is not in English."),
        _("Add it: {example}", example="description: {sv: …, en: …}"),
    ),
    "dataset-uuid": _layer(
        "uuid",
        _("Without a UUID of its own the layer is listed twice where two portals harvest it."),
        _("Add this line, and never change it: {example}", example="uuid: {uuid}"),
    ),
    "dataset-keyword": _layer(
        "keywords",
        _("The layer has no keywords; people find it by its title only."),
        _("For example: {example}", example="keywords: {sv: [lekplats, park], en: [playground, park]}"),
    ),
    "dataset-theme": _layer(
        "publish.theme",
        _("The layer belongs to no theme; portals list it under none."),
        _("For example: {example}", example="theme: TRAN"),
    ),
    "dataset-standard": _layer(
        "model",
        _("The layer follows no shared data model, so nobody can know that it is like those of others."),
        _("Choose one of collections/models/, or leave it."),
    ),
    "dataset-time": _layer(
        "publish.period",
        _("It is not said what time the data are about."),
        _("Name the fields under time, or write: {example}", example="period: {start: 2024-01-01}"),
    ),
    "hvd-licence": _layer(
        "publish.licence",
        _("A high-value dataset must be free to use, with naming the source at most (EU 2023/138, article 4)."),
        _("Possible here: {values}.", values=", ".join(HVD_LICENCES)),
    ),
}  # fmt: skip


def words_of(key: str) -> Words | None:
    """What a shape's message means; None where no file can cause it. A UUID to paste is a fresh one."""
    words = WORDS.get(key)
    if words and key == "dataset-uuid":
        remedy = Message(words.remedy.template, {"example": f"uuid: {uuid4()}"})
        return Words(words.file, words.key, words.message, remedy)
    return words
