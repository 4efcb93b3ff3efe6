"""The vocabularies that descriptions are written in, under the prefixes that every document uses."""

from __future__ import annotations

from functools import cache

from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS as DCTERMS
from rdflib.namespace import FOAF as FOAF
from rdflib.namespace import RDF as RDF
from rdflib.namespace import RDFS as RDFS
from rdflib.namespace import SKOS as SKOS
from rdflib.namespace import XSD as XSD

#: Not rdflib's own, which knows DCAT 2 alone.
DCAT = Namespace("http://www.w3.org/ns/dcat#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DQV = Namespace("http://www.w3.org/ns/dqv#")
GEODCATAP = Namespace("http://data.europa.eu/930/")
GSP = Namespace("http://www.opengis.net/ont/geosparql#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")

#: The same in every document, so that parts that were written at different times can be put together.
PREFIXES: dict[str, str] = {
    "adms": str(ADMS),
    "dcat": str(DCAT),
    "dcatap": str(DCATAP),
    "dcterms": str(DCTERMS),
    "dqv": str(DQV),
    "foaf": str(FOAF),
    "geodcatap": str(GEODCATAP),
    "gsp": str(GSP),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "skos": str(SKOS),
    "spdx": str(SPDX),
    "vcard": str(VCARD),
    "xsd": str(XSD),
}
_BY_LENGTH = sorted(((base, prefix) for prefix, base in PREFIXES.items()), key=lambda pair: -len(pair[0]))

#: EU 2023/138: what makes a dataset a high-value one.
HVD_REGULATION = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
#: The one licence that the portal takes for a catalogue.
CATALOGUE_LICENCE = URIRef("http://creativecommons.org/publicdomain/zero/1.0/")
THEME_TAXONOMY = URIRef("http://publications.europa.eu/resource/authority/data-theme")
STABLE = URIRef("http://publications.europa.eu/resource/authority/planned-availability/STABLE")
#: The style of an API, in the portal's code list.
REST = URIRef("http://www.wikidata.org/entity/Q749568")


@cache
def compact(iri: str) -> str:
    """An IRI of one of the vocabularies as `prefix:name`. Raises KeyError for any other."""
    for base, prefix in _BY_LENGTH:
        if iri.startswith(base):
            return f"{prefix}:{iri[len(base) :]}"
    raise KeyError(iri)
