"""A layer as a dataset (DCAT-AP-SE 3.0.1, dcat:Dataset)."""

from __future__ import annotations

from catalogue.field import LanguageText
from catalogue.language import LANGUAGES, _
from catalogue.unpublished import Unpublished
from catalogue.vocabularies import ACCESS_RIGHTS, FREQUENCIES, THEMES
from plugins.dcat.distribution import describe_distributions
from plugins.dcat.facts import DatasetFacts, Measured, spoken
from plugins.dcat.geodcat import describe_geography
from plugins.dcat.hvd import describe_hvd_dataset
from plugins.dcat.literals import box, day, moment, plain, texts
from plugins.dcat.namespaces import ADMS, DCAT, DCTERMS
from plugins.dcat.node import Description, Node
from plugins.dcat.quality import describe_quality

#: Who may have the data where the layer file does not say it.
_ACCESS = {"planned": "public", "withheld": "non_public"}


def describe_dataset(description: Description, facts: DatasetFacts) -> Node:
    """Add a dataset with its distributions."""
    layer, addresses = facts.layer, facts.addresses
    dataset = Node(description, facts.iri, DCAT.Dataset)
    dataset.texts(DCTERMS.title, layer.title)
    dataset.texts(DCTERMS.description, explained(facts))
    dataset.link(DCTERMS.publisher, addresses.agent(facts.publisher))
    dataset.link(DCAT.contactPoint, addresses.contact(facts.publisher.id))
    for language, keywords in layer.keywords.items():
        for keyword in keywords:
            dataset.texts(DCAT.keyword, {language: keyword})
    dataset.link(DCAT.theme, *(THEMES[theme] for theme in layer.publish.theme))
    dataset.say(DCTERMS.identifier, plain(layer.uuid) if layer.uuid else None)
    dataset.link(DCAT.landingPage, addresses.page(layer))
    update = layer.publish.update
    dataset.link(DCTERMS.accrualPeriodicity, FREQUENCIES[update] if update else None)
    status = layer.status if isinstance(layer, Unpublished) else "published"
    dataset.link(DCTERMS.accessRights, ACCESS_RIGHTS[layer.publish.access or _ACCESS.get(status, "public")])
    _describe_standards(dataset, facts)
    _describe_place(dataset, facts)
    _describe_time(dataset, facts)
    _describe_release(dataset, facts)
    describe_geography(dataset, facts)
    describe_quality(dataset, facts)
    describe_hvd_dataset(dataset, facts)
    describe_distributions(dataset, facts)
    return dataset


def explained(facts: DatasetFacts) -> LanguageText:
    """What the layer is; of one without data also that there is none, why, and whom to ask."""
    layer = facts.layer
    if not isinstance(layer, Unpublished):
        return layer.description
    ours = {*spoken(facts.publisher), *(language for language in layer.description if language in LANGUAGES)}
    explanations = {language: layer.explanation(language).render(language) for language in sorted(ours)}
    return {
        language: "\n\n".join(filter(None, (layer.description.get(language), explanations.get(language))))
        for language in {**layer.description, **explanations}
    }


def _describe_standards(dataset: Node, facts: DatasetFacts) -> None:
    layer = facts.layer
    if layer.model:
        iri = facts.addresses.model(layer.model)
        dataset.link(DCTERMS.conformsTo, iri)
        dataset.other(iri, DCTERMS.Standard).say(DCTERMS.title, plain(layer.model))
    for standard in layer.standards:
        if standard.url:
            dataset.link(DCTERMS.conformsTo, standard.url)
            dataset.other(standard.url, DCTERMS.Standard).say(DCTERMS.title, plain(standard.title))


def _describe_place(dataset: Node, facts: DatasetFacts) -> None:
    dataset.link(DCTERMS.spatial, facts.publisher.place)
    extent = facts.measured.extent if facts.measured else None
    place = dataset.part(DCTERMS.spatial, DCTERMS.Location)
    place.say(DCAT.bbox, box(extent or facts.layer.area))


def _describe_time(dataset: Node, facts: DatasetFacts) -> None:
    """The time that the data are about: as measured, else as the layer file says."""
    said, measured = facts.layer.publish.period, facts.measured
    start = measured.start if measured and measured.start else said.start if said else None
    end = measured.end if measured and measured.start else said.end if said else None
    if start or end:
        period = dataset.part(DCTERMS.temporal, DCTERMS.PeriodOfTime)
        period.say(DCAT.startDate, day(start) if start else None)
        period.say(DCAT.endDate, day(end) if end else None)


def _describe_release(dataset: Node, facts: DatasetFacts) -> None:
    """What the current release is, and how it came about."""
    measured, issued = facts.measured, facts.layer.publish.issued
    first = issued or (measured.first_published if measured else None)
    dataset.say(DCTERMS.issued, day(first) if first else None)
    if measured:
        dataset.say(DCTERMS.modified, moment(measured.published))
        dataset.say(DCAT.version, plain(str(measured.number)))
        dataset.texts(ADMS.versionNotes, _notes(facts, measured))
    lineage = facts.layer.publish.lineage or {}
    origin = _origin(facts, measured) if measured else {}
    if lineage or origin:
        provenance = dataset.part(DCTERMS.provenance, DCTERMS.ProvenanceStatement)
        provenance.say(
            DCTERMS.description,
            *texts(
                {
                    language: " ".join(filter(None, (lineage.get(language), origin.get(language))))
                    for language in {**lineage, **origin}
                }
            ),
        )


def _notes(facts: DatasetFacts, measured: Measured) -> LanguageText:
    notes = _(
        "Release {number}: {added} features came, {changed} changed and {removed} went.",
        number=measured.number, added=measured.added, changed=measured.changed, removed=measured.removed,
    )  # fmt: skip
    return {language: notes.render(language) for language in spoken(facts.publisher)}


def _origin(facts: DatasetFacts, measured: Measured) -> LanguageText:
    origin = _(
        "Release {number} was read from the publisher's own source: {features} features; "
        "{rejected} rows with mistakes in them were left out.",
        number=measured.number, features=measured.features, rejected=measured.rejected,
    )  # fmt: skip
    return {language: origin.render(language) for language in spoken(facts.publisher)}
