"""Descriptions for data portals: catalogues and datasets, and what leads to them."""

from __future__ import annotations

from collections.abc import Iterable

from plugins.dcat.documents import PROFILES
from plugins.dcat.quality import METRICS
from server.dcat.facts import Facts, distributions
from server.formats import DESCRIPTION, PAGE, RDF, Formats
from server.openapi.parts import TEXT, Components, Json, content, form, get, path_parameter, query_parameter, schema

_ENDINGS = "With .rdf, .ttl or .jsonld after it, in that form whatever is accepted."
_CATALOGUE = "The catalogue for data portals (DCAT-AP-SE)"


def descriptions(facts: Facts, components: Components) -> dict[str, Json]:
    """The paths of what there is."""
    quality = [components.parameter("f", form(PAGE)), components.common("lang")]
    found = {
        "/dcat/quality": get(
            "getQuality", "Quality of the service", "server", quality, content(PAGE, schema("quality"))
        )
    }
    if facts.default:
        found["/dcat"] = _document("getCatalogue", _CATALOGUE, [], components)
        found["/datasets/dcat"] = _document(
            "getHarvestedCatalogue", f"{_CATALOGUE}, at its agreed address", [], components
        )
        for name, formats in RDF.items():
            title = f"{_CATALOGUE} as {formats.media_type(name)}"
            parameters = [_profile(components), components.common("lang")]
            found[f"/dcat.{name}"] = get(f"getCatalogue.{name}", title, "server", parameters, _content(formats))
    if facts.catalogues:
        found |= _of_publishers(facts, components)
    if facts.layers:
        found |= _of_datasets(facts, components)
    if facts.models:
        found |= _of_models(facts, components)
    if facts.measured:
        metric = _one_of(components, "metricId", METRICS, "What is measured.")
        found["/dcat/metrics/{metricId}"] = _leading("getMetric", "What is measured", [metric], components)
    return found


def _of_publishers(facts: Facts, components: Components) -> dict[str, Json]:
    publisher = _one_of(components, "publisherId", facts.catalogues, f"The id of a publisher. {_ENDINGS}")
    found = {
        "/dcat/catalogs/{publisherId}": _document(
            "getPublishersCatalogue", "A publisher's catalogue", [publisher], components
        )
    }
    for kind, name in (("services", "Service"), ("contacts", "Contact"), ("agents", "Publisher")):
        title = f"{name}: leads to the catalogue that tells of it"
        found[f"/dcat/{kind}/{{publisherId}}"] = _leading(f"get{name}", title, [publisher], components)
    return found


def _of_datasets(facts: Facts, components: Components) -> dict[str, Json]:
    dataset = _one_of(components, "datasetId", facts.datasets, f"The name of a dataset in its IRI. {_ENDINGS}")
    path = "/dcat/datasets/{datasetId}"
    found = {path: _document("getDataset", "One dataset", [dataset], components)}
    forms = {name for described in facts.layers.values() for name in distributions(described.dataset)}
    if forms:
        one = _one_of(components, "distributionId", sorted(forms), "A form that a dataset comes in.")
        title = "Distribution: leads to the dataset that tells of it"
        found[f"{path}/distributions/{{distributionId}}"] = _leading(
            "getDistribution", title, [dataset, one], components
        )
        metric = _one_of(components, "metricId", METRICS, "What is measured.")
        title = "Measure of quality: leads to the dataset that tells of it"
        found[f"{path}/quality/{{metricId}}"] = _leading("getMeasurement", title, [dataset, metric], components)
    return found


def _of_models(facts: Facts, components: Components) -> dict[str, Json]:
    pairs = [model.split("/") for model in facts.models]
    model = _one_of(components, "modelId", sorted({name for name, _version in pairs}), "A shared data model.")
    version = _one_of(components, "modelVersion", sorted({version for _name, version in pairs}), "Its version.")
    title = "Data model: leads to a dataset that follows it"
    return {"/dcat/models/{modelId}/{modelVersion}": _leading("getModel", title, [model, version], components)}


def _one_of(components: Components, name: str, known: Iterable[str], description: str) -> Json:
    return components.parameter(name, path_parameter(name, TEXT | {"enum": list(known)}, description))


def _document(operation: str, summary: str, names: list[Json], components: Components) -> Json:
    own = [components.parameter("f.description", form(DESCRIPTION)), _profile(components), components.common("lang")]
    return get(operation, summary, "server", [*names, *own], _content(DESCRIPTION))


def _profile(components: Components) -> Json:
    described = "DCAT-AP-SE, or with all of GeoDCAT-AP: the themes of INSPIRE, which dataportal.se does not take."
    enumerated = TEXT | {"enum": list(PROFILES), "default": PROFILES[0]}
    return components.parameter("profile", query_parameter("profile", enumerated, described))


def _leading(operation: str, summary: str, names: list[Json], components: Components) -> Json:
    found = _document(operation, summary, names, components)
    responses = found["get"]["responses"]
    del responses["200"], responses["304"]
    location = {"description": "Where the document is.", "required": True, "schema": TEXT | {"format": "uri"}}
    responses["303"] = {"description": summary, "headers": {"Location": location}}
    return found


def _content(formats: Formats) -> Json:
    types = [formats.media_type(name) for name in formats.names]
    return {each: {"schema": schema("any") if each.endswith("json") else TEXT} for each in types}
