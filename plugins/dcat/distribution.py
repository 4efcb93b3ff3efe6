"""The forms that a dataset comes in: one distribution for each format (DCAT-AP-SE 3.0.1; recommendations 3, 11, 13)."""

from __future__ import annotations

from catalogue.download import Download
from catalogue.language import Message, _
from catalogue.vocabularies import LICENCES
from plugins.dcat.facts import DatasetFacts, Measured, spoken
from plugins.dcat.hvd import describe_hvd_distribution
from plugins.dcat.literals import hexadecimal, moment, number, plain
from plugins.dcat.namespaces import DCAT, DCATAP, DCTERMS, SPDX, STABLE
from plugins.dcat.node import Node

_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def describe_distributions(dataset: Node, facts: DatasetFacts) -> None:
    """Add the API, the vector tiles and the files of a layer that has a release."""
    if facts.measured is None:
        return
    page = facts.addresses.page(facts.layer)
    _describe_api(
        dataset, facts, "features", page, "application/geo+json", _("OGC API – Features"),
        _("Features as GeoJSON: filtered, paged, and of any release that is kept."),
    )  # fmt: skip
    if facts.has_geometry:
        _describe_api(
            dataset, facts, "tiles", f"{page}/tiles", "application/vnd.mapbox-vector-tile", _("OGC API – Tiles"),
            _("Vector tiles for maps."),
        )  # fmt: skip
    for download in facts.downloads:
        _describe_file(dataset, facts, download)


def _describe_api(
    dataset: Node, facts: DatasetFacts, form: str, address: str, media_type: str, title: Message,
    description: Message,
) -> None:  # fmt: skip
    distribution = _describe(dataset, facts, form, media_type, title, description)
    # Not downloadURL: what an API gives depends on what is asked (DIGG, recommendation 6).
    distribution.link(DCAT.accessURL, address)
    distribution.link(DCAT.accessService, facts.addresses.service(facts.publisher.id))
    distribution.link(DCTERMS.conformsTo, facts.addresses.openapi)
    assert isinstance(facts.measured, Measured)
    distribution.say(DCTERMS.modified, moment(facts.measured.published))


def _describe_file(dataset: Node, facts: DatasetFacts, download: Download) -> None:
    page = f"{facts.addresses.page(facts.layer)}/downloads"
    description = _("The whole layer as one file, made from release {number}.", number=download.release)
    title = _("File: {format}", format=download.title)
    distribution = _describe(dataset, facts, download.format, download.media_type, title, description)
    distribution.link(DCAT.accessURL, page)
    distribution.link(DCAT.downloadURL, f"{page}/{download.public_name}")
    distribution.say(DCAT.byteSize, number(download.bytes, "nonNegativeInteger"))
    checksum = distribution.part(SPDX.checksum, SPDX.Checksum)
    checksum.link(SPDX.algorithm, _SHA256)
    checksum.say(SPDX.checksumValue, hexadecimal(download.sha256))
    distribution.say(DCTERMS.modified, moment(download.made_at))


def _describe(
    dataset: Node, facts: DatasetFacts, form: str, media_type: str, title: Message, description: Message
) -> Node:
    iri = facts.addresses.distribution(facts.layer, form)
    dataset.link(DCAT.distribution, iri)
    distribution = dataset.other(iri, DCAT.Distribution)
    languages = spoken(facts.publisher)
    distribution.texts(DCTERMS.title, {language: title.render(language) for language in languages})
    distribution.texts(DCTERMS.description, {language: description.render(language) for language in languages})
    # The portal wants the bare media type as a text, the EU an IRI beside it.
    bare = media_type.split(";")[0]
    distribution.say(DCTERMS.format, plain(bare))
    distribution.link(DCAT.mediaType, f"{_MEDIA_TYPES}{bare}")
    licence = facts.layer.publish.licence
    distribution.link(DCTERMS.license, LICENCES[licence] if licence else None)
    distribution.link(DCATAP.availability, str(STABLE))
    describe_hvd_distribution(distribution, facts)
    return distribution
