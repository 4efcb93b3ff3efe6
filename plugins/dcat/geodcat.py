"""What GeoDCAT-AP 3.0.0 adds: reference systems, resolution, the theme of INSPIRE."""

from __future__ import annotations

from catalogue.vocabularies import INSPIRE_THEMES
from plugins.dcat.facts import DatasetFacts
from plugins.dcat.literals import number
from plugins.dcat.namespaces import DCAT, GEODCATAP, SKOS
from plugins.dcat.node import Node


def describe_geography(dataset: Node, facts: DatasetFacts) -> None:
    """Say of a dataset in which coordinates, and how finely, it is."""
    for iri in facts.measured.crs if facts.measured and facts.has_geometry else ():
        dataset.link(GEODCATAP.referenceSystem, iri)
        # http://www.opengis.net/def/crs/<authority>/<version>/<code>
        authority, _version, code = iri.rsplit("/", 3)[-3:]
        dataset.other(iri, SKOS.Concept).texts(SKOS.prefLabel, {"en": f"{authority}:{code}"})
    if facts.layer.publish.resolution is not None:
        dataset.say(DCAT.spatialResolutionInMeters, number(facts.layer.publish.resolution, "decimal"))


def describe_inspire_theme(dataset: Node, facts: DatasetFacts) -> None:
    """Say which of INSPIRE's themes a dataset belongs to; DCAT-AP-SE takes no theme but the EU's thirteen."""
    theme = facts.layer.publish.inspire_theme
    dataset.link(DCAT.theme, INSPIRE_THEMES[theme] if theme else None)
