"""What a release measured of its own quality, in the Data Quality Vocabulary (W3C DQV)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalogue.language import LANGUAGES, Message, _
from plugins.dcat.addresses import Addresses
from plugins.dcat.facts import DatasetFacts, Measured
from plugins.dcat.literals import number
from plugins.dcat.namespaces import DQV, SKOS, XSD
from plugins.dcat.node import Description, Node

#: ISO 19157's element, as ldqd names the dimension.
_COMPLETENESS = "http://www.w3.org/2016/05/ldqd#completeness"


def _rejected(measured: Measured) -> float:
    rows = measured.features + measured.rejected
    return round(100 * measured.rejected / rows, 4) if rows else 0.0


#: Name of each metric: what it means, and how it follows from a release.
METRICS: Mapping[str, tuple[Message, Callable[[Measured], float]]] = {
    "completeness": (
        _("Share of the source's rows that are published, in percent."),
        lambda measured: round(100 - _rejected(measured), 4),
    ),
    "rejected": (
        _("Share of the source's rows that were rejected because of mistakes in them, in percent."),
        _rejected,
    ),
}


def describe_quality(dataset: Node, facts: DatasetFacts) -> None:
    """Add a measurement for each metric."""
    if facts.measured is None:
        return
    for name, (_meaning, measure) in METRICS.items():
        iri = facts.addresses.measurement(facts.layer, name)
        dataset.link(DQV.hasQualityMeasurement, iri)
        measurement = dataset.other(iri, DQV.QualityMeasurement)
        measurement.link(DQV.isMeasurementOf, facts.addresses.metric(name))
        measurement.link(DQV.computedOn, str(dataset.subject))
        measurement.say(DQV.value, number(measure(facts.measured), "decimal"))


def describe_metrics(description: Description, addresses: Addresses) -> None:
    """Add what the metrics mean."""
    for name, (meaning, _measure) in METRICS.items():
        metric = Node(description, addresses.metric(name), DQV.Metric)
        metric.texts(SKOS.definition, {language: meaning.render(language) for language in LANGUAGES})
        metric.link(DQV.expectedDataType, XSD.decimal)
        metric.link(DQV.inDimension, _COMPLETENESS)
